/**
 * A process that does nothing but start programs and time them, from spawn to exit, so that every peer pays the same for
 * being started. One such process runs in the host's mount namespace, another where crun finds plain cgroup v1.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A program to run once. */
export interface Command {
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** How it went. */
export interface Run {
  milliseconds: number;
  status: number | null;
  errors: string;
}

async function runOnce({ file, args, env }: Command): Promise<Run> {
  const start = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  const errors = text(child.stderr);
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('exit', ended.resolve);
  const status = await ended.promise;
  const milliseconds = performance.now() - start;
  return { milliseconds, status, errors: (await errors).trim() };
}

if (import.meta.main) {
  process.on('message', (commands: Command[]) => {
    // Several are started at once, for the row about many containers.
    const runs = commands.map((command) =>
      runOnce(command).catch((error): Run => ({ milliseconds: 0, status: -1, errors: String(error) })),
    );
    void Promise.all(runs).then((results) => process.send?.(results));
  });
}
