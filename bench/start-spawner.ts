import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command, Run } from './spawner.ts';

/** Runs programs in a spawner process. */
export interface Spawner extends Disposable {
  /** Starts all at once and waits for all. */
  run(commands: readonly Command[]): Promise<Run[]>;
}

const PROGRAM = fileURLToPath(new URL('spawner.ts', import.meta.url));

/** A private mount namespace without cgroup2, once and for all: crun 1.8 refuses a hybrid layout. */
const WITHOUT_UNIFIED = ['-m', '--propagation', 'private', 'sh', '-c'];
const SCRIPT = 'if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi; exec "$0" "$@"';

export function startSpawner(options: { withoutUnified?: boolean } = {}): Spawner {
  const [file, args] = options.withoutUnified
    ? ['unshare', [...WITHOUT_UNIFIED, SCRIPT, process.execPath, PROGRAM]]
    : [process.execPath, [PROGRAM]];
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let waiting: PromiseWithResolvers<Run[]> | undefined;
  child.on('message', (results: Run[]) => waiting?.resolve(results));
  child.on('exit', (status) => waiting?.reject(new Error(`the spawner ended with ${status}`)));
  child.on('error', (error) => waiting?.reject(error));
  return {
    run(commands) {
      waiting = Promise.withResolvers<Run[]>();
      child.send([...commands]);
      return waiting.promise;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}
