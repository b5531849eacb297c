import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import {
  DEFAULT_MASKED_PATHS,
  DEFAULT_READONLY_PATHS,
  defaultMounts,
  type Mount,
  parseRuntimeSpec,
  type RuntimeSpec,
} from '../../../src/spec/index.ts';
import { type BundleResult, library } from '../differential/drivers.ts';
import { makeRoot } from '../differential/make-root.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/keelson-runtime');

/** What an attacker has, an image and a volume, and what it must not reach: the canary, a folder of the host. */
export interface AttackWorld {
  /** Holds all the others, and is where `keelson-runtime` keeps its state. */
  folder: string;
  root: string;
  volume: string;
  canary: string;
  /** Runs a container to its end by `keelson-runtime run`. */
  run(spec: RuntimeSpec, options?: CallOptions): BundleResult;
  /** Starts one by `keelson-runtime run --detach`; gives its id. */
  start(spec: RuntimeSpec): string;
  runtime(words: readonly string[], options?: CallOptions): BundleResult;
  /** The same by the library, in milliseconds: for races. `refused`: with the error of ours in `stderr`. */
  launch(spec: RuntimeSpec): Promise<BundleResult & { refused: boolean }>;
  assertUntouched(): void;
}

export interface CallOptions {
  /** Descriptors that the caller leaks, by number. */
  leaked?: Readonly<Record<number, number>>;
}

export const SECRET = 'secret of the host';

export function openAttackWorld(name: string): AttackWorld {
  const folder = mkdtempSync(join(tmpdir(), `keelson-${name}-`));
  const [canary, volume, bundle] = ['canary', 'volume', 'bundle'].map((path) => join(folder, path)) as [
    string,
    string,
    string,
  ];
  for (const path of [canary, volume, bundle]) mkdirSync(path);
  writeFileSync(join(canary, 'file'), SECRET, { mode: 0o600 });
  const untouched = fingerprint(canary);
  const root = makeRoot(join(folder, 'root'));
  for (const name of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
    if (!['busybox', 'sh'].includes(name)) symlinkSync('busybox', join(root, 'bin', name));
  }
  const ids: string[] = [];
  const newId = () => {
    const id = `${name}-${process.pid}-${ids.length}`;
    ids.push(id);
    return id;
  };
  const runtime: AttackWorld['runtime'] = (words, { leaked = {} } = {}) => {
    const last = Math.max(2, ...Object.keys(leaked).map(Number));
    const extra = Array.from({ length: last - 2 }, (_, i) => leaked[i + 3] ?? ('ignore' as const));
    const { status, stdout, stderr } = spawnSync(PROGRAM, ['--root', join(folder, 'state'), ...words], {
      cwd: bundle,
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'pipe', ...extra],
    });
    return { exitCode: status ?? -1, stdout, stderr };
  };
  const configure = (spec: RuntimeSpec) => writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
  after(() => {
    for (const id of ids) if (readdirOf(join(folder, 'state')).includes(id)) runtime(['delete', '--force', id]);
    // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    root,
    volume,
    canary,
    runtime,
    run(spec, options) {
      configure(spec);
      return runtime(['run', newId()], options);
    },
    start(spec) {
      configure(spec);
      const id = newId();
      // Not by pipes: the container would hold them open.
      const args = ['--root', join(folder, 'state'), 'run', '--detach', id];
      const { status } = spawnSync(PROGRAM, args, { cwd: bundle, stdio: 'ignore', timeout: 30_000 });
      assert.equal(status, 0);
      return id;
    },
    async launch(spec) {
      try {
        const result = await library.run(parseRuntimeSpec(structuredClone(spec)).spec, newId());
        return { ...result, refused: false };
      } catch (error) {
        if (!isKeelsonError(error)) throw error;
        return { exitCode: 1, stdout: '', stderr: `${error.message} ${error.hint ?? ''}`, refused: true };
      }
    },
    assertUntouched: () => assert.deepEqual(fingerprint(canary), untouched),
  };
}

/** A container as Docker makes it, as root with all its capabilities; `mounts` come after the usual ones. */
export function victim(
  { root }: Pick<AttackWorld, 'root'>,
  script: string,
  { mounts = [], without = [] }: { mounts?: readonly Mount[]; without?: readonly string[] } = {},
): RuntimeSpec {
  return {
    ociVersion: '1.2.0',
    process: {
      cwd: '/',
      args: ['/bin/sh', '-c', script],
      env: ['PATH=/bin'],
      capabilities: Object.fromEntries(['bounding', 'effective', 'permitted'].map((set) => [set, [...ALL]])),
    },
    root: { path: root },
    mounts: [...defaultMounts(1 << 20).filter(({ destination }) => !without.includes(destination)), ...mounts],
    linux: {
      namespaces: (['mount', 'pid', 'network', 'ipc', 'uts'] as const).map((type) => ({ type })),
      maskedPaths: DEFAULT_MASKED_PATHS,
      readonlyPaths: DEFAULT_READONLY_PATHS,
    },
  };
}

/** Everything that an attack in a container of Docker could want, and more. */
const ALL = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_SETUID',
  'CAP_SETGID',
  'CAP_NET_RAW',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
] as const;

export const volumeAt = ({ volume }: Pick<AttackWorld, 'volume'>, destination: string): Mount => ({
  destination,
  type: 'bind',
  source: volume,
  options: ['rbind', 'rw'],
});

/** Names, owners, modes, links and contents of a folder. */
function fingerprint(folder: string): unknown[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mode, uid, gid, rdev } = statSync(path);
    return { path, mode, uid, gid, rdev, content: entry.isFile() ? readFileSync(path, 'utf8') : '' };
  });
}

function readdirOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Compiles a program of this folder to a static one. */
export function compile(name: string, to: string): string {
  execFileSync('cc', ['-O1', '-Wall', '-static', '-o', to, join(import.meta.dirname, `${name}.c`)]);
  return to;
}

/**
 * Exchanges two paths of the attacker as fast as it can, while `attempt` runs again and again: at least for half a second,
 * and until each of the `outcomes` was seen, so that the race is known to be one.
 */
export async function race(
  { folder }: AttackWorld,
  {
    paths,
    outcomes,
    attempt,
  }: { paths: readonly [string, string]; outcomes: readonly string[]; attempt(): Promise<string> },
): Promise<void> {
  const swapper: ChildProcess = spawn(compile('swap', join(folder, 'swap')), paths, { stdio: 'ignore' });
  const ended = new Promise((resolve) => swapper.once('exit', resolve));
  const seen = new Set<string>();
  try {
    const begin = performance.now();
    const past = (milliseconds: number) => performance.now() - begin > milliseconds;
    while (!past(500) || (seen.size < outcomes.length && !past(15_000))) seen.add(await attempt());
  } finally {
    assert.equal(swapper.exitCode, null, 'the attacker swapped to the end');
    swapper.kill('SIGKILL');
    await ended;
  }
  assert.deepEqual([...seen].sort(), [...outcomes].sort());
}
