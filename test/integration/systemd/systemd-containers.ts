import { execFileSync, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { specOf } from '../differential/bundles.ts';
import { makeRoot } from '../differential/make-root.ts';
import { FRONT, openBrains } from '../front/brains.ts';

export type Runtime = 'runc' | 'keelson';
export type Change = (spec: RuntimeSpec) => RuntimeSpec;

/** The command line for Node alone. As it is installed: from its sources it takes a minute to start in emulation. */
export const BUNDLE = new URL('../../../dist/keelson-runtime.cjs', import.meta.url).pathname;
const CGROUPS = '/sys/fs/cgroup';

/** Containers of runc and of keelson-runtime under the systemd of this machine. */
export class SystemdContainers implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'keelson-systemd-'));
  readonly root = makeRoot(join(this.folder, 'root'));
  readonly #brains = openBrains();
  readonly #made = new Set<string>();
  /** For a caller whose environment says more. */
  env: Readonly<Record<string, string>> = {};

  /** What of the environment makes fronts use the brains of this test. */
  get brainEnv(): Readonly<Record<string, string>> {
    return this.#brains.env;
  }

  stateFolder(runtime: Runtime): string {
    return join(this.folder, runtime);
  }

  call(runtime: Runtime, ...words: readonly string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'> {
    const program = runtime === 'runc' ? 'runc' : FRONT;
    const { status, stdout, stderr } = spawnSync(program, ['--root', this.stateFolder(runtime), ...words], {
      encoding: 'utf8',
      env: { ...process.env, ...this.#brains.env, ...this.env },
      timeout: 120_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { status, stdout, stderr };
  }

  create(
    runtime: Runtime,
    id: string,
    flags: readonly string[] = ['--systemd-cgroup'],
  ): { status: number | null; log: string } {
    this.#made.add(id);
    return this.detached(runtime, ...flags, 'create', '--bundle', join(this.folder, id), id);
  }

  /** A command that leaves a program which keeps its streams: a pipe would not end, so what is printed goes to a file. */
  detached(runtime: Runtime, ...words: readonly string[]): { status: number | null; log: string } {
    const log = join(this.folder, 'log');
    const program = [runtime === 'runc' ? 'runc' : FRONT, '--root', this.stateFolder(runtime)];
    const { status } = spawnSync('sh', ['-c', 'exec "$@" >"$0" 2>&1 </dev/null', log, ...program, ...words], {
      stdio: 'ignore',
      env: { ...process.env, ...this.#brains.env, ...this.env },
      timeout: 120_000,
    });
    return { status, log: readFileSync(log, 'utf8') };
  }

  bundle(id: string, change: Change = (spec) => spec, script = 'exec sleep 1000'): string {
    const path = join(this.folder, id);
    mkdirSync(path, { recursive: true });
    const spec = specOf({ name: id, script: `/bin/busybox --install -s /tmp; PATH=/tmp; ${script}` }, this.root);
    writeFileSync(join(path, 'config.json'), JSON.stringify(change(spec)));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runtime of ['runc', 'keelson'] as const) {
      for (const id of this.#made) {
        if (existsSync(join(this.stateFolder(runtime), id))) this.call(runtime, 'delete', '--force', id);
      }
    }
    await this.#brains[Symbol.asyncDispose]();
    // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
    rmSync(this.folder, { recursive: true });
  }
}

export const withCgroup =
  (cgroupsPath: string | undefined, linux: RuntimeSpec['linux'] = {}): Change =>
  (spec) => ({ ...spec, linux: { ...spec.linux, ...linux, ...(cgroupsPath ? { cgroupsPath } : {}) } });

/** The words that ask the machine's systemd; for another one there are more of them. */
const SYSTEMCTL: readonly string[] = ['systemctl'];

/** All properties of a unit by name; a list has a line for each of its items, in an order without meaning. */
export function propertiesOf(unit: string, systemctl = SYSTEMCTL): Record<string, string> {
  const [program = '', ...words] = systemctl;
  const text = execFileSync(program, [...words, 'show', unit], { encoding: 'utf8' });
  const lines = new Map<string, string[]>();
  for (const line of text.split('\n').filter(Boolean)) {
    const name = line.slice(0, line.indexOf('='));
    lines.set(name, [...(lines.get(name) ?? []), line.slice(name.length + 1)]);
  }
  return Object.fromEntries([...lines].map(([name, values]) => [name, values.sort().join('; ')]));
}

/** `not-found`: systemd knows nothing of it. */
export function loadState(unit: string, systemctl = SYSTEMCTL): string {
  const [program = '', ...words] = systemctl;
  const show = [...words, 'show', '--value', '--property=LoadState', unit];
  return execFileSync(program, show, { encoding: 'utf8' }).trim();
}

/** systemd forgets a unit a moment after its last process has gone. */
export async function forgotten(unit: string, systemctl = SYSTEMCTL): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++, await sleep(50))
    if (loadState(unit, systemctl) === 'not-found') return true;
  return false;
}

export function folderOf(unit: string, systemctl = SYSTEMCTL): string {
  return join(CGROUPS, propertiesOf(unit, systemctl).ControlGroup ?? '');
}

/** Limits, and what is enabled: no counters. */
export function settingsIn(folder: string): Record<string, string> {
  const limits =
    /^(cgroup\.(controllers|subtree_control|type|max.*)|.*\.(max|low|high|min|weight|idle|cpus|mems|oom\.group))$/;
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && limits.test(entry.name))
      .map(({ name }) => [name, readFileSync(join(folder, name), 'utf8').trim()]),
  );
}
