import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRONT } from './brains.ts';

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A bundle of busybox, and containers made of it that are looked for at the end. */
export class FrontBundle implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'front-bundle-'));
  readonly root = join(this.folder, 'state');
  /** Unique on the host; the name of its cgroup begins so too. */
  readonly id = `front-${process.pid}`;

  constructor() {
    const rootfs = join(this.folder, 'rootfs');
    for (const name of ['bin', 'proc', 'sys', 'dev']) mkdirSync(join(rootfs, name), { recursive: true });
    cpSync('/usr/bin/busybox', join(rootfs, 'bin/busybox'));
    for (const name of ['sh', 'sleep', 'cat', 'ls', 'true', 'tty', 'kill', 'env', 'stty']) {
      symlinkSync('busybox', join(rootfs, 'bin', name));
    }
    execFileSync('runc', ['spec'], { cwd: this.folder });
  }

  /** What its containers run. */
  command(args: readonly string[], terminal = false): void {
    this.#change((spec) => {
      Object.assign(spec.process, { args, terminal });
      spec.linux.cgroupsPath = `/${this.id}`;
    });
  }

  /** Where its containers are limited, until the next `command`. */
  cgroup(path: string): void {
    this.#change((spec) => {
      spec.linux.cgroupsPath = path;
    });
  }

  #change(how: (spec: { process: object; linux: { cgroupsPath: string } }) => void): void {
    const path = join(this.folder, 'config.json');
    const spec = JSON.parse(readFileSync(path, 'utf8'));
    how(spec);
    writeFileSync(path, JSON.stringify(spec));
  }

  /** The arguments of the front for a command. */
  words(...words: string[]): string[] {
    return ['--root', this.root, ...words];
  }

  call(env: Readonly<Record<string, string>>, ...words: string[]): Ended {
    const { status, signal, stdout, stderr } = spawnSync(FRONT, this.words(...words), {
      cwd: this.folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { status, signal, stdout, stderr };
  }

  /** The same, not waited for. `quiet`: the container keeps no pipe of ours open. */
  start(env: Readonly<Record<string, string>>, words: readonly string[], { quiet = false } = {}) {
    const output = quiet ? ('ignore' as const) : ('pipe' as const);
    const child = spawn(FRONT, this.words(...words), {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', output, output],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const { promise: ended, resolve } = Promise.withResolvers<Ended>();
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    return { child, ended, output: () => stdout };
  }

  /** Whatever there is of its containers: records, cgroups. */
  left(): string[] {
    const records = existsSync(this.root) ? readdirSync(this.root) : [];
    const hierarchies = ['', ...readdirSync('/sys/fs/cgroup')].map((name) => join('/sys/fs/cgroup', name));
    const cgroups = hierarchies.map((folder) => join(folder, this.id)).filter((path) => existsSync(path));
    return [...records.map((name) => `record ${name}`), ...cgroups.map((path) => `cgroup ${path}`)];
  }

  [Symbol.dispose](): void {
    // no-mount-below: the mounts of its containers are in namespaces of their own
    rmSync(this.folder, { recursive: true, force: true });
  }
}
