import { humanDuration, shortId } from '../../base/index.ts';
import type { ContainerState } from '../../spec/index.ts';
import type { CommandContext } from '../command.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { showHelp } from '../show-help.ts';

const FLAGS = {
  all: toggle('Also those that do not run', { short: 'a' }),
  quiet: toggle('Ids alone', { short: 'q' }),
  'no-trunc': toggle('Do not cut ids and commands'),
  format: single('FORMAT', 'table or json', { parse: anyText, complete: ['table', 'json'] }),
  help: toggle('Show this'),
};

const HELP = {
  usage: 'keelson ps [FLAGS]',
  about: 'Lists containers, the newest first.',
  examples: ['keelson ps', 'keelson ps -a', 'keelson rm $(keelson ps -aq)'],
};

/** `keelson ps` */
export async function ps(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseFlags(FLAGS, args, { stopAtFirstWord: false });
  if (values.help) {
    context.stdout.write(showHelp(HELP, FLAGS));
    return 0;
  }
  const states = await (await context.engine()).list({ all: values.all });
  const id = (state: ContainerState) => (values['no-trunc'] ? state.id : shortId(state.id));
  if (values.quiet) context.stdout.write(states.map((s) => `${id(s)}\n`).join(''));
  else if (values.format === 'json') context.stdout.write(states.map((s) => `${JSON.stringify(s)}\n`).join(''));
  else context.stdout.write(table(states.map((s) => row(s, { id: id(s), whole: values['no-trunc'] }))));
  return 0;
}

const HEAD = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'];

function row(state: ContainerState, { id, whole }: { id: string; whole: boolean }): string[] {
  const command = JSON.stringify(state.argv.join(' '));
  const shown = whole || command.length <= 20 ? command : `${command.slice(0, 19)}…"`;
  const image = state.config.image ?? state.config.rootfs ?? '';
  return [id, image, shown, `${ago(state.created)} ago`, status(state), '', state.name];
}

function status(state: ContainerState): string {
  if (state.status === 'running') return `Up ${ago(state.started ?? state.created)}`;
  if (state.status === 'exited') return `Exited (${state.exitCode ?? 0}) ${ago(state.finished ?? state.created)} ago`;
  return state.status[0]?.toUpperCase() + state.status.slice(1);
}

function ago(time: number): string {
  return humanDuration(Math.max(0, Date.now() - time));
}

function table(rows: readonly string[][]): string {
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, i) => Math.max(...all.map((r) => r[i]?.length ?? 0)) + 3);
  return all.map((r) => `${r.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('').trimEnd()}\n`).join('');
}
