import { once } from 'node:events';
import { invalid } from '../../base/index.ts';
import type { CommandContext } from '../command.ts';
import { single, toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { showHelp } from '../show-help.ts';
import { wholeNumber } from '../values/whole-number.ts';

const FLAGS = {
  follow: toggle('Go on until the container ends', { short: 'f' }),
  tail: single('LINES', 'Only so many lines at the end, or all', {
    short: 'n',
    parse: (text) => (text === 'all' ? Number.POSITIVE_INFINITY : wholeNumber({ min: 0 })(text)),
  }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson logs [FLAGS] CONTAINER',
  about: 'Shows what a container printed, each stream on its own.',
  examples: ['keelson logs web', 'keelson logs -f --tail 20 web'],
};

/** `keelson logs` */
export async function logs(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  const [container, ...more] = words;
  if (container === undefined || more.length > 0) throw invalid('ARGUMENT_MISSING', 'logs needs one container', HELP.usage);
  const engine = await context.engine();
  for await (const entry of engine.logs(container, { follow: values.follow, tail: values.tail })) {
    const out = context[entry.stream];
    if (!out.write(entry.data)) await once(out, 'drain');
  }
  return 0;
}
