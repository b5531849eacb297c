import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './run-program.ts';

export interface DaemonOptions {
  log: string;
  /** A command that succeeds when the daemon answers. */
  isUp: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** A machine with other work needs long for what takes a second. */
const PATIENCE = 120_000;

/** A daemon with its output in a file. */
export class Daemon {
  readonly #words: readonly string[];
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;

  constructor(words: readonly string[], options: DaemonOptions) {
    this.#words = words;
    this.#options = options;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const [program = '', ...args] = this.#words;
    const { log, isUp, env = {} } = this.#options;
    const file = openSync(log, 'a');
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', file, file] });
    this.#child = child;
    closeSync(file);
    for (const since = Date.now(); ; await sleep(50)) {
      if ((await runProgram(isUp, { env })).status === 0) return;
      if (child.exitCode === null && Date.now() - since < PATIENCE) continue;
      await this.stop();
      throw new Error(`${program} does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** As if it had been killed in the middle of its work, and started again by whoever watches over it. */
  async crash(): Promise<void> {
    await this.stop('SIGKILL');
    await this.start();
  }
}
