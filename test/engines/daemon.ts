import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from './run-program.ts';

export interface Daemon {
  stop(): Promise<void>;
}

/** Starts a daemon, its output in a file, and waits until `isUp` succeeds. */
export async function startDaemon(
  [program = '', ...args]: readonly string[],
  { log, isUp, env = {} }: { log: string; isUp: readonly string[]; env?: Readonly<Record<string, string>> },
): Promise<Daemon> {
  const file = openSync(log, 'a');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', file, file] });
  closeSync(file);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  for (const since = Date.now(); ; await sleep(50)) {
    if ((await runProgram(isUp, { env })).status === 0) return { stop };
    if (child.exitCode === null && Date.now() - since < 60_000) continue;
    await stop();
    throw new Error(`${program} does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  }
}
