import type { CommandContext } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { forEachContainer } from '../for-each-container.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = {
  force: toggle('Kill it first if it runs', { short: 'f' }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson rm [FLAGS] CONTAINER…',
  about: 'Removes containers with all that they wrote.',
  examples: ['keelson rm web', 'keelson rm -f web db'],
};

/** `keelson rm` */
export async function rm(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  return await forEachContainer(words, context, async (engine, reference) => {
    await engine.remove(reference, { force: values.force });
    return undefined;
  });
}
