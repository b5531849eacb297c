import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../src/bin/keelson.ts', import.meta.url));

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** The command line with a data root of its own, for the tests of one file. */
export class Keelson implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'keelson-cli-'));
  /** The words that start it. */
  readonly command = [process.execPath, '--disable-warning=ExperimentalWarning', '--', program];

  /** Runs it to its end; `input` is what it reads. */
  async run(args: readonly string[], input = ''): Promise<Ended> {
    const child = this.start(args);
    child.stdin.end(input);
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    return { exitCode, stdout, stderr };
  }

  /** Starts it, or a program that will. */
  start(args: readonly string[], [file = '', ...before] = this.command) {
    const env = { ...process.env, KEELSON_ROOT: this.root, NO_COLOR: '1' };
    const child = spawn(file, [...before, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const exited = new Promise<number>((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? 143 : 255)));
    });
    return Object.assign(child, { exited });
  }

  /** What it prints; an error where the exit code is not 0. */
  async output(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args);
    if (exitCode !== 0) throw new Error(`keelson ${args.join(' ')}: ${exitCode} ${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    // Retried: a monitor may just be looking whether there is something to clean up.
    rmSync(this.root, { recursive: true, maxRetries: 10 }); // no-mount-below: its containers' mounts went with their processes
  }
}
