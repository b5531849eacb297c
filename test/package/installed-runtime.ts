import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** keelson-runtime of an installed package, with a bundle and a folder for the process that stays. */
export class InstalledRuntime implements AsyncDisposable {
  readonly #program: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(program: string, folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    const bin = join(folder, 'bundle/rootfs/bin');
    mkdirSync(bin, { recursive: true });
    // By a path that holds in this folder alone, as a user may name it.
    this.#program = relative(join(folder, 'bundle'), program);
    this.#env = { ...env, KEELSON_RUNTIME_BRAIN: join(folder, 'brain'), KEELSON_RUNTIME_IDLE: '60s' };
    copyFileSync('/bin/busybox', join(bin, 'sh'));
    this.#call('spec');
  }

  /** Runs a container to its end. */
  run(script: string): SpawnSyncReturns<string> {
    const path = join(this.#folder, 'bundle/config.json');
    const config = JSON.parse(readFileSync(path, 'utf8'));
    config.process = { ...config.process, terminal: false, args: ['/bin/sh', '-c', script] };
    writeFileSync(path, JSON.stringify(config));
    return this.#call('run', 'only');
  }

  /** The processes that stay for it. */
  brains(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && this.#serves(name))
      .map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.brains()) process.kill(pid, 'SIGTERM');
    for (let left = 100; this.brains().length > 0; await sleep(50)) {
      if (left-- === 0) throw new Error(`still there: ${this.brains()}`);
    }
  }

  #call(...words: string[]): SpawnSyncReturns<string> {
    return spawnSync(this.#program, ['--root', join(this.#folder, 'state'), ...words], {
      ...{ cwd: join(this.#folder, 'bundle'), env: this.#env, encoding: 'utf8', timeout: 120_000 },
    });
  }

  #serves(pid: string): boolean {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.some((word) => word.startsWith(join(this.#folder, 'brain/')));
    } catch {
      return false; // it has gone
    }
  }
}
