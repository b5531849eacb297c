import { invalid } from '../base/index.ts';
import type { Command, CommandContext } from './command.ts';
import { closestName } from './flags/closest-name.ts';
import { reportError } from './report-error.ts';

interface Entry {
  about: string;
  load(): Promise<Command>;
}

/** Each command is loaded when it is called: all of them together would cost every start. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  run: { about: 'Start a container', load: async () => (await import('./commands/run.ts')).run },
  ps: { about: 'List containers', load: async () => (await import('./commands/ps.ts')).ps },
  logs: { about: 'Show what a container printed', load: async () => (await import('./commands/logs.ts')).logs },
  exec: { about: 'Run a command in a running container', load: async () => (await import('./commands/exec.ts')).exec },
  stop: { about: 'Stop containers', load: async () => (await import('./commands/stop.ts')).stop },
  kill: { about: 'Send a signal to containers', load: async () => (await import('./commands/kill.ts')).kill },
  rm: { about: 'Remove containers', load: async () => (await import('./commands/rm.ts')).rm },
  wait: { about: 'Wait until containers end and print their exit codes', load: async () => (await import('./commands/wait.ts')).wait },
  inspect: { about: 'Show all that is known of containers, as JSON', load: async () => (await import('./commands/inspect.ts')).inspect },
};

/** The command line without the program's name; gives the exit code. */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      context.stdout.write(overview());
      return name === undefined ? 1 : 0;
    }
    return await (await findCommand(name))(rest, context);
  } catch (error) {
    return reportError(error, { stderr: context.stderr, debug: context.env.KEELSON_DEBUG === '1' });
  }
}

function findCommand(name: string): Promise<Command> {
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry) return entry.load();
  const closest = closestName(name, Object.keys(COMMANDS));
  throw invalid('COMMAND_UNKNOWN', `unknown command: ${name}`, closest ? `did you mean ${closest}?` : 'see `keelson --help`');
}

function overview(): string {
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  return `Usage: keelson COMMAND\n\nContainers on Linux.\n\nCommands:\n${lines.join('\n')}\n\n\`keelson COMMAND --help\` tells more.\n`;
}
