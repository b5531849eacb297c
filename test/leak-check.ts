import { execFileSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../src/base/index.ts';
import { commandOf, linesOf, namesIn, pidsThere, textOf } from './what-is-there.ts';

const ADDRESSES = '/run/keelson/addresses';
const ID_RANGES = '/run/keelson/ids';
const CGROUPS = '/sys/fs/cgroup';
/** Containers end a moment after they are told to; a loaded machine takes its time. */
const PATIENCE = 400;

/**
 * Finds what containers of one data root left on the machine. Others may start theirs at the same time: a thing is ours
 * when it carries the id of a container of ours, lies below our data root, or was started with our KEELSON_ROOT.
 */
export class LeakCheck {
  readonly #root: string;
  readonly #ids = new Set<string>();
  /** Kept files: what was there before, such as the image. */
  readonly #before: ReadonlySet<string>;
  readonly #others: ReadonlySet<string>;

  /** Snapshot of now. `root`: the data root whose containers are watched. */
  constructor(root: string) {
    this.#root = root;
    this.#before = new Set(filesOf(root));
    this.#others = new Set(processesWith(root).map(String));
    this.note();
  }

  /** Remembers the ids of the containers that there are now. Call it while they are there, also right after a kill. */
  note(): this {
    for (const id of namesIn(join(this.#root, 'containers'))) this.#ids.add(id);
    for (const id of rowsOf(this.#root)) this.#ids.add(id);
    return this;
  }

  /** Watches a container that its record may not tell of. */
  watch(id: string): void {
    this.#ids.add(id);
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** One line for each thing that is left now. */
  left(): string[] {
    this.note();
    const ids = [...this.#ids];
    const ours = (text: string) => ids.some((id) => text.includes(id));
    return [
      ...processesWith(this.#root, ids)
        .filter((pid) => !this.#others.has(String(pid)))
        .map((pid) => `process ${pid} ${commandOf(pid)}`),
      ...linesOf('/proc/self/mountinfo')
        .filter((line) => line.includes(`${this.#root}/`) || ours(line))
        .map((line) => `mount ${line}`),
      ...cgroupFolders()
        .filter(ours)
        .map((path) => `cgroup ${path}`),
      ...namesIn('/sys/class/net')
        .filter((name) => ids.some((id) => name === `ks-${id.slice(0, 12)}`))
        .map((name) => `link ${name}`),
      ...['4', '6'].flatMap((family) => heldBy(ids, join(ADDRESSES, family))).map((address) => `address ${address}`),
      ...heldBy(ids, ID_RANGES).map((first) => `ids from ${first} on`),
      ...firewallLines()
        .filter(ours)
        .map((line) => `rule ${line.trim()}`),
      ...filesOf(this.#root)
        .filter((path) => !this.#before.has(path))
        .map((path) => `file ${path}`),
      ...rowsOf(this.#root).map((id) => `row ${id}`),
    ];
  }

  /** @throws KeelsonError when something is still there after what may take a moment had its moment */
  async assertClean(): Promise<void> {
    let left = this.left();
    for (let tries = 0; left.length > 0 && tries < PATIENCE; tries++) {
      await sleep(25);
      left = this.left();
    }
    if (left.length === 0) return;
    throw new KeelsonError('internal', `left behind:\n  ${left.join('\n  ')}`, { code: 'LEAK' });
  }
}

/** Agents work in a folder below the data root, engines have it in their environment, containers an id in their cgroup. */
function processesWith(root: string, ids: readonly string[] = []): number[] {
  return pidsThere()
    .filter((pid) => Number(pid) !== process.pid)
    .filter((pid) => {
      const cgroup = textOf(`/proc/${pid}/cgroup`);
      if (ids.some((id) => cgroup.includes(id))) return true;
      if (folderOf(pid).startsWith(`${root}/`)) return true;
      return textOf(`/proc/${pid}/environ`).split('\0').includes(`KEELSON_ROOT=${root}`);
    })
    .filter((pid) => !/^\d+ \(.*\) Z/.test(textOf(`/proc/${pid}/stat`)))
    .map(Number);
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function cgroupFolders(): string[] {
  const hierarchies = [CGROUPS, ...namesIn(CGROUPS).map((name) => join(CGROUPS, name))];
  return hierarchies.flatMap((path) => namesIn(join(path, 'keelson')).map((name) => join(path, 'keelson', name)));
}

/** The links in a folder that lead to one of these containers. */
function heldBy(ids: readonly string[], folder: string): string[] {
  return namesIn(folder).filter((name) => {
    try {
      return ids.includes(readlinkSync(join(folder, name)));
    } catch {
      return false;
    }
  });
}

function firewallLines(): string[] {
  try {
    const table = ['list', 'table', 'inet', 'keelson'];
    return execFileSync('nft', table, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
  } catch {
    return [];
  }
}

function rowsOf(root: string): string[] {
  const file = join(root, 'db.sqlite');
  if (!existsSync(file)) return [];
  const db = new DatabaseSync(file, { timeout: 10_000 });
  try {
    return db
      .prepare('SELECT id FROM containers')
      .all()
      .map((row) => String(row.id));
  } catch (error) {
    if (String(error).includes('no such table')) return [];
    throw error;
  } finally {
    db.close();
  }
}

/** All but the database's own files and the empty folder of containers. */
function filesOf(root: string): string[] {
  return namesIn(root).flatMap((name) => {
    if (name.startsWith('db.sqlite')) return [];
    const path = join(root, name);
    return name === 'containers' ? namesIn(path).map((id) => join(path, id)) : [path];
  });
}
