/**
 * The engine in a program that kills itself (SIGKILL) at its n-th moment: before and after each frame to an agent, each
 * answer, each file, each row and each process it starts. Without a number it tells how many moments there are.
 * `node die-at.ts ROOT ACT CONTAINER [N]`; nothing of it is in the product. It prints what it made that its record may
 * not tell: a line `process PID` or `id CONTAINER` each.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { StatementSync } from 'node:sqlite';

const [root = '', name = '', container = '', at] = process.argv.slice(2);
let moments = 0;
let counting = false;

function moment(): void {
  if (counting && ++moments === Number(at)) process.kill(process.pid, 'SIGKILL');
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
syncBuiltinESMExports();

const { openEngine } = await import('../../../src/sdk/index.ts');
const { ACTS } = await import('./acts.ts');

await using engine = await openEngine({ root });
counting = true;
await ACTS[name]?.run(engine, container);
counting = false;
fs.writeSync(1, `moments ${moments}\n`);
