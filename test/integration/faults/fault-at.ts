/**
 * The engine in a program to which something happens at its n-th moment: before and after each frame to an agent, each
 * answer, each chunk of the network, each file, each row and each process it starts. `die`: it kills itself (SIGKILL); `fill`: no byte of the disk is
 * left. At moment 0 nothing happens. `node fault-at.ts ROOT ACT CONTAINER die|fill N`; nothing of it is in the product.
 * It prints a line each: `process PID` and `id CONTAINER` for what it made, which its record may not tell; `refused CODE`;
 * `moments N` at the end.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { StatementSync } from 'node:sqlite';
import { isKeelsonError } from '../../../src/base/index.ts';
import { BALLAST } from './ballast.ts';

const [root = '', name = '', container = '', fault, at] = process.argv.slice(2);
let moments = 0;
let counting = false;

function moment(): void {
  if (!counting || ++moments !== Number(at)) return;
  if (fault === 'die') process.kill(process.pid, 'SIGKILL');
  else fill();
}

function fill(): void {
  counting = false; // what is done here is nobody's moment
  const file = fs.openSync(`${root}/${BALLAST}`, 'w');
  try {
    for (;;) fs.writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if (!String(error).includes('ENOSPC')) throw error;
  }
  fs.closeSync(file);
  counting = true;
}

/** Makes every call of a method two moments. */
function surround(holder: object, method: string, told?: (result: unknown, args: unknown[]) => string): void {
  const real: unknown = Reflect.get(holder, method);
  if (typeof real !== 'function') throw new TypeError(`${method} is no function`);
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    moment();
    const result: unknown = Reflect.apply(real, this, args);
    if (counting && told) fs.writeSync(1, `${told(result, args)}\n`);
    moment();
    return result;
  };
  Reflect.set(holder, method, wrapped);
}

surround(Socket.prototype, 'write');
surround(Socket.prototype, 'push');
surround(StatementSync.prototype, 'run');
surround(childProcess, 'spawn', (child) => `process ${(child as childProcess.ChildProcess).pid}`);
surround(fs, 'symlinkSync', (_, [target]) => `id ${target}`);
for (const method of ['mkdirSync', 'writeFileSync', 'renameSync', 'unlinkSync', 'rmSync', 'rmdirSync']) {
  surround(fs, method);
}
const file = await fsPromises.open('/dev/null');
await file.close();
for (const method of ['write', 'writeFile', 'sync', 'datasync', 'truncate']) {
  surround(Object.getPrototypeOf(file), method);
}
for (const method of ['open', 'rename', 'rm']) surround(fsPromises, method);
syncBuiltinESMExports();

const { openEngine } = await import('../../../src/sdk/index.ts');
const { ACTS, PULL } = await import('./acts.ts');

const engine = await openEngine({ root });
counting = true;
try {
  await (name === 'pull' ? PULL : ACTS[name])?.run(engine, container);
  await engine[Symbol.asyncDispose]();
} catch (error) {
  if (fault !== 'fill' || !isKeelsonError(error)) throw error;
  fs.writeSync(1, `refused ${error.code}\n`);
}
counting = false;
fs.writeSync(1, `moments ${moments}\n`);
