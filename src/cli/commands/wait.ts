import type { CommandContext } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { forEachContainer } from '../for-each-container.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = { help: toggle('Show this') };

const HELP = {
  usage: 'keelson wait CONTAINER…',
  about: 'Waits until containers end and prints their exit codes.',
  examples: ['keelson wait job'],
};

/** `keelson wait` */
export async function wait(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  return await forEachContainer(words, context, async (engine, reference) => {
    const { exitCode } = await engine.wait(reference);
    return String(exitCode);
  });
}
