/** Loaded before the command line: the program gets SIGTERM just before it records that its container runs. */
import { StatementSync } from 'node:sqlite';

const real = StatementSync.prototype.run;

function run(this: StatementSync, ...args: Parameters<typeof real>): ReturnType<typeof real> {
  if (Object.values(args).includes('ready')) process.kill(process.pid, 'SIGTERM');
  return real.apply(this, args);
}

Reflect.set(StatementSync.prototype, 'run', run);
