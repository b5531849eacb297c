import type { CommandContext } from '../command.ts';
import { single, toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { forEachContainer } from '../for-each-container.ts';
import { showHelp } from '../show-help.ts';
import { wholeNumber } from '../values/whole-number.ts';

const FLAGS = {
  time: single('SECONDS', 'How long to wait before it is killed; -1: for ever', {
    short: 't',
    aliases: ['timeout'],
    parse: wholeNumber({ min: -1 }),
  }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson stop [FLAGS] CONTAINER…',
  about: 'Asks containers to end, by their stop signal, and kills them after a while.',
  examples: ['keelson stop web', 'keelson stop -t 2 web db'],
};

/** `keelson stop` */
export async function stop(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  return await forEachContainer(words, context, async (engine, reference) => {
    await engine.stop(reference, values.time);
    return undefined;
  });
}
