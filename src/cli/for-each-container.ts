import { invalid } from '../base/index.ts';
import type { Engine } from '../sdk/index.ts';
import type { CommandContext } from './command.ts';
import { reportError } from './report-error.ts';

/**
 * Does the same to each container that is named, and prints its name or what `act` gives. One that fails does not keep
 * the others from their turn; the exit code is then 1, as Docker's.
 */
export async function forEachContainer(
  references: readonly string[],
  context: CommandContext,
  act: (engine: Engine, reference: string) => Promise<string | undefined>,
): Promise<number> {
  if (references.length === 0) throw invalid('ARGUMENT_MISSING', 'name at least one container', '`keelson ps -a` lists them');
  const engine = await context.engine();
  let failed = false;
  for (const reference of references) {
    try {
      context.stdout.write(`${(await act(engine, reference)) ?? reference}\n`);
    } catch (error) {
      reportError(error, { stderr: context.stderr, debug: context.env.KEELSON_DEBUG === '1' });
      failed = true;
    }
  }
  return failed ? 1 : 0;
}
