import type { CommandContext } from '../command.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { forEachContainer } from '../for-each-container.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = {
  signal: single('SIGNAL', 'Name or number; KILL when left out', { short: 's', parse: anyText }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson kill [FLAGS] CONTAINER…',
  about: 'Sends a signal to containers.',
  examples: ['keelson kill web', 'keelson kill -s HUP web'],
};

/** `keelson kill` */
export async function kill(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  return await forEachContainer(words, context, async (engine, reference) => {
    await engine.kill(reference, values.signal);
    return undefined;
  });
}
