import { invalid } from '../../base/index.ts';
import { attachProcess, standardStreams } from '../attach-process.ts';
import type { CommandContext } from '../command.ts';
import { anyText, list, single, toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = {
  env: list('NAME=VALUE', 'Set a variable of the environment', { short: 'e', parse: anyText }),
  interactive: toggle('Keep the standard input open', { short: 'i' }),
  privileged: toggle('Give all privileges'),
  tty: toggle('Give the process a terminal', { short: 't' }),
  user: single('USER[:GROUP]', 'Who to be, by name or number', { short: 'u', parse: anyText }),
  workdir: single('FOLDER', 'Where to start', { short: 'w', parse: anyText }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson exec [FLAGS] CONTAINER COMMAND [ARG…]',
  about: 'Runs a command in a running container and gives its exit code.',
  examples: ['keelson exec -it web sh', 'keelson exec --user nobody web id'],
};

/** `keelson exec` */
export async function exec(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, words } = parseFlags(FLAGS, args, { stopAtFirstWord: true });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  const [container, ...command] = words;
  if (container === undefined || command.length === 0) {
    throw invalid('ARGUMENT_MISSING', 'exec needs a container and a command', HELP.usage);
  }
  const { tty, interactive, privileged, user, workdir } = values;
  const config = { command, env: [...values.env], tty, interactive, privileged, user, workdir };
  const engine = await context.engine();
  const running = await engine.exec(container, config, { stdio: standardStreams(context, config) });
  return (await attachProcess(running, { tty, interactive, context })).exitCode;
}
