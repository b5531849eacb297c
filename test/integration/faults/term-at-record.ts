/** Loaded before the command line: the program gets SIGTERM just before it records that its container runs. */
import { StatementSync } from 'node:sqlite';

const real = StatementSync.prototype.run;
StatementSync.prototype.run = function (...args: Parameters<typeof real>) {
  if (args.includes('ready')) process.kill(process.pid, 'SIGTERM');
  return real.apply(this, args);
};
