import { readFileSync, statSync } from 'node:fs';
import { invalid, isKeelsonError } from '../../base/index.ts';
import type { Command, CommandCall } from '../command.ts';
import { containerStatus } from '../container-status.ts';
import { type ContainerDescription, describeContainer } from '../describe-container.ts';
import { listIds, StateFolder } from '../state-folder.ts';

/** All containers of a root. */
export const list: Command = {
  flags: { format: { letter: 'f', value: true }, quiet: { letter: 'q' } },
  args: { least: 0, most: 0 },
  usage: 'list [command options]',
  purpose: 'lists containers started by the runtime with the given root',
  async run(call) {
    const { context, flags, options } = call;
    const found = listIds(options.root).flatMap((id) => describe(call, id));
    const format = flags.value('format') ?? 'table';
    if (flags.on('quiet')) context.print(found.map(({ id }) => `${id}\n`).join(''));
    else if (format === 'json') context.print(`${JSON.stringify(found.length > 0 ? found : null)}\n`);
    else if (format === 'table') context.print(table(found));
    else throw invalid('FORMAT_INVALID', 'invalid format option');
    return 0;
  },
};

/** A folder that is being made or removed is passed over. */
function describe({ options }: CommandCall, id: string): ContainerDescription[] {
  try {
    const folder = new StateFolder(options.root, id);
    const state = folder.readUnfinished();
    if (state === undefined) return [];
    const found = { folder, state, status: containerStatus(folder, state) };
    return [describeContainer(found, ownerOf(folder.path))];
  } catch (error) {
    if (isKeelsonError(error, 'invalid') || isKeelsonError(error, 'not-found')) return [];
    throw error;
  }
}

function ownerOf(path: string): string {
  const uid = String(statSync(path, { throwIfNoEntry: false })?.uid ?? '');
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === uid);
  return line?.split(':')[0] ?? `#${uid}`;
}

/** Columns as Go's text/tabwriter sets them for runc: at least 12 wide, 3 between. */
function table(found: readonly ContainerDescription[]): string {
  const rows = [
    ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'],
    ...found.map((c) => [c.id, String(c.pid), c.status, c.bundle, c.created, c.owner]),
  ];
  const widths = (rows[0] ?? []).map((_, i) => Math.max(12, ...rows.map((row) => (row[i] ?? '').length + 3)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('');
  return rows.map((row) => `${line(row)}\n`).join('');
}
