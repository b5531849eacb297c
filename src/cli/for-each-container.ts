import type { Engine } from '../spec/index.ts';
import type { CliContext } from './context.ts';
import { reportError } from './report-error.ts';

/**
 * Does the same to each container that is named, and prints its name or what `act` gives. One that fails does not keep
 * the others from their turn; the exit code is then 1, as Docker's.
 */
export async function forEachContainer(
  references: readonly string[],
  context: CliContext,
  act: (engine: Engine, reference: string) => Promise<string | undefined>,
): Promise<number> {
  await using engine = await context.openEngine();
  let failed = false;
  for (const reference of references) {
    try {
      const told = await act(engine, reference);
      context.stdout.write(`${told ?? reference}\n`);
    } catch (error) {
      reportError(error, context);
      failed = true;
    }
  }
  return failed ? 1 : 0;
}
