import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { output } from '../integration/registry/run-program.ts';

/** A dockerd of the test's own, without networks. */
export class DockerDaemon implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
  }

  static async start(): Promise<DockerDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'keelson-dockerd-'));
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'daemon.json'), '{}');
    const at = (name: string) => join(folder, name);
    const child = spawn(
      'dockerd',
      [
        ...['--config-file', at('daemon.json'), '--data-root', at('data'), '--exec-root', at('exec')],
        ...['--pidfile', at('pid'), '--host', `unix://${at('socket')}`, '--storage-driver', 'vfs'],
        ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'],
      ],
      { stdio: 'ignore' },
    );
    const daemon = new DockerDaemon(folder, child);
    for (let tries = 0; ; tries++) {
      if (
        await daemon.run('version').then(
          () => true,
          () => false,
        )
      )
        return daemon;
      if (tries > 300 || child.exitCode !== null) {
        await daemon[Symbol.asyncDispose]();
        throw new Error('dockerd does not start');
      }
      await sleep(100);
    }
  }

  /** Where `docker login` keeps what it is told. */
  get config(): string {
    return join(this.#folder, 'config');
  }

  /** What `docker …` prints. */
  run(...args: string[]): Promise<string> {
    return output('docker', '--config', this.config, '--host', `unix://${join(this.#folder, 'socket')}`, ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 }); // no-mount-below: vfs mounts nothing
  }
}
