import { invalid } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import { findContainer } from '../find-container.ts';

/** The processes of a container: those lines of ps(1) that are its, or the numbers alone. */
export const ps: Command = {
  flags: { format: { letter: 'f', value: true } },
  args: { least: 1, most: Number.POSITIVE_INFINITY },
  usage: 'ps [command options] <container-id> [ps options]',
  purpose: 'ps displays the processes running inside a container',
  program: true,
  async run(call) {
    const { context, flags, args } = call;
    const pids = containerCgroup(findContainer(call).state).pids();
    const format = flags.value('format') ?? 'table';
    if (format === 'json') {
      context.print(`${JSON.stringify(pids)}\n`);
      return 0;
    }
    if (format !== 'table') throw invalid('FORMAT_INVALID', 'invalid format option');
    const options = args.length > 1 ? args.slice(1) : ['-ef'];
    context.print(onlyOf(await context.runProgram('ps', options), pids));
    return 0;
  },
};

function onlyOf(output: string, pids: readonly number[]): string {
  const [title = '', ...lines] = output.trimEnd().split('\n');
  const place = title.trim().split(/\s+/).indexOf('PID');
  if (place === -1) throw invalid('PS_OPTIONS', "couldn't find PID field in ps output");
  const own = lines.filter((line) => pids.includes(Number(line.trim().split(/\s+/)[place])));
  return [title, ...own].map((line) => `${line}\n`).join('');
}
