import assert from 'node:assert/strict';
import { execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { type Brains, FRONT, openBrains } from '../front/brains.ts';

export type Runtime = 'runc' | 'keelson' | 'Node alone';

const bundled = new URL('../../../dist/keelson-runtime.cjs', import.meta.url).pathname;

export interface Called {
  status: number | null;
  stdout: string;
  /** What the runtime had to say. */
  log: string;
}

/**
 * Counts in memory, and writes the number to a folder of the host that is bound there. Ends with 7 when it finds
 * `/data/stop`.
 */
const COUNT =
  'i=0; while [ ! -e /data/stop ]; do i=$((i+1)); echo $i; echo $i >/data/new; mv /data/new /data/n; sleep 0.1; done; exit 7';

/** Is criu there, and does it know this kernel? runc cannot save a container either where it does not. */
export function criuWorks(): boolean {
  return spawnSync('criu', ['check']).status === 0;
}

let bundles = 0;

/** A bundle whose container counts, and runtimes that are called with it. */
export class CountingBundle implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
  readonly data = join(this.folder, 'data');
  readonly id = `checkpoint-${process.pid}-${++bundles}`;
  readonly #brains: Brains = openBrains();
  readonly #config = join(this.folder, 'config.json');
  readonly #plain: string;
  #calls = 0;

  constructor() {
    const rootfs = join(this.folder, 'rootfs');
    for (const name of ['bin', 'proc', 'sys', 'dev', 'data']) mkdirSync(join(rootfs, name), { recursive: true });
    mkdirSync(this.data);
    cpSync('/usr/bin/busybox', join(rootfs, 'bin/busybox'));
    for (const name of ['sh', 'sleep', 'mv', 'cat', 'echo', 'hostname', 'stty', 'touch'])
      symlinkSync('busybox', join(rootfs, 'bin', name));
    execFileSync('runc', ['spec'], { cwd: this.folder });
    this.change((spec) => {
      Object.assign(spec.process ?? {}, { args: ['sh', '-c', COUNT], terminal: false });
      const data = { destination: '/data', type: 'bind', source: this.data, options: ['rbind', 'rw'] };
      spec.mounts = [...(spec.mounts ?? []), data];
    });
    this.useCgroup(this.id);
    this.#plain = readFileSync(this.#config, 'utf8');
  }

  /** Changes the configuration, until `clear`. */
  change(how: (spec: RuntimeSpec) => void): void {
    const spec: RuntimeSpec = JSON.parse(readFileSync(this.#config, 'utf8'));
    how(spec);
    writeFileSync(this.#config, JSON.stringify(spec));
  }

  /** A path of its own below the bundle. */
  path(name: string): string {
    return join(this.folder, name);
  }

  command(runtime: Runtime, words: readonly string[]) {
    const log = this.path(`log-${++this.#calls}`);
    const programs = {
      runc: ['runc'],
      keelson: [FRONT],
      'Node alone': [process.execPath, bundled],
    };
    const [program = '', ...first] = programs[runtime];
    const state = this.path(`state-${runtime === 'runc' ? runtime : 'keelson'}`);
    const env = { ...process.env, ...this.#brains.env, NODE_COMPILE_CACHE: this.path('cache') };
    return { program, args: [...first, '--root', state, '--log', log, ...words], env, log };
  }

  /** Its container keeps none of our descriptors: with one that is not its own criu saves nothing. */
  call(
    runtime: Runtime,
    words: readonly string[],
    given: { stdio?: StdioOptions; env?: NodeJS.ProcessEnv } = {},
  ): Called {
    const { program, args, env, log } = this.command(runtime, words);
    const { status, stdout } = spawnSync(program, args, {
      cwd: this.folder,
      env: { ...env, ...given.env },
      encoding: 'utf8',
      stdio: given.stdio ?? 'ignore',
      timeout: 120_000,
    });
    return { status, stdout: stdout ?? '', log: readOr(log) };
  }

  /** One that prints: not for what starts a container. */
  ask(runtime: Runtime, ...words: string[]): Called {
    return this.call(runtime, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  }

  /** One that must succeed; else the end of criu's log says why. */
  succeed(runtime: Runtime, words: readonly string[], criuLog?: string): void {
    const { status, log } = this.call(runtime, words);
    const more = status === 0 || criuLog === undefined ? '' : readOr(criuLog).split('\n').slice(-25).join('\n');
    assert.equal(status, 0, `${log}\n${more}`);
  }

  /** Its output goes through a pipe to a file; resolves when nobody has the pipe any more. */
  async piped(runtime: Runtime, words: readonly string[], file: string): Promise<void> {
    const { program, args, env } = this.command(runtime, words);
    const script = 'file=$1; shift; "$@" </dev/null 2>/dev/null | cat >"$file"';
    const child = spawn('sh', ['-c', script, 'sh', file, program, ...args], { cwd: this.folder, env, stdio: 'ignore' });
    await new Promise((resolve) => child.on('close', resolve));
  }

  /** Ends it with 7. */
  stop(): void {
    writeFileSync(join(this.data, 'stop'), '');
  }

  useCgroup(name: string): void {
    this.change((spec) => {
      spec.linux = { ...spec.linux, cgroupsPath: `/${name}` };
    });
  }

  /** Its network namespace is one that is there. */
  joinNetwork(path: string): void {
    this.change((spec) => {
      const others = spec.linux?.namespaces?.filter(({ type }) => type !== 'network') ?? [];
      spec.linux = { ...spec.linux, namespaces: [...others, { type: 'network', path }] };
    });
  }

  /** The same as `call`, not waited for. */
  start(runtime: Runtime, words: readonly string[], stdio: StdioOptions = 'ignore') {
    const { program, args, env, log } = this.command(runtime, words);
    const child = spawn(program, args, { cwd: this.folder, env, stdio });
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    child.on('close', resolve);
    return { child, ended, log: () => readOr(log) };
  }

  /** How far it has counted; waits until that is more than `past`. */
  async count(past = 0): Promise<number> {
    for (let tries = 0; tries < 600; tries++, await sleep(50)) {
      const now = this.number;
      if (now > past) return now;
    }
    throw new Error(`it does not count past ${past}`);
  }

  /** Does it count no more? */
  async stands(): Promise<boolean> {
    const before = this.number;
    await sleep(1500);
    return this.number === before;
  }

  get number(): number {
    return Number(readOr(join(this.data, 'n')));
  }

  status(runtime: Runtime, id = this.id): string {
    const { status, stdout } = this.ask(runtime, 'state', id);
    return status === 0 ? JSON.parse(stdout).status : 'none';
  }

  /** Forgets a container and its number. */
  clear(runtime: Runtime, ...ids: string[]): void {
    for (const id of [this.id, ...ids]) this.call(runtime, ['delete', '--force', id]);
    for (const name of ['n', 'new', 'stop']) rmSync(join(this.data, name), { force: true });
    writeFileSync(this.#config, this.#plain);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.clear('keelson');
    this.clear('runc');
    await this.#brains[Symbol.asyncDispose]();
    // no-mount-below: the mounts of its containers were in namespaces of their own
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function readOr(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
