/**
 * The engine in a program that kills itself (SIGKILL) at its n-th moment: before and after each frame to an agent, each
 * answer, each file, each row and each process it starts. Without a number it tells how many moments there are.
 * `node die-at.ts ROOT KIND [N]`; nothing of it is in the product.
 */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { StatementSync } from 'node:sqlite';
import type { RunRequest } from '../../../src/sdk/index.ts';

const [root = '', kind = '', at] = process.argv.slice(2);
let moments = 0;
let counting = false;

function moment(): void {
  if (counting && ++moments === Number(at)) process.kill(process.pid, 'SIGKILL');
}

/** Makes every call of a method two moments. */
function surround(holder: object, name: string): void {
  const real: unknown = Reflect.get(holder, name);
  if (typeof real !== 'function') throw new TypeError(`${name} is no function`);
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    moment();
    const result: unknown = Reflect.apply(real, this, args);
    moment();
    return result;
  };
  Reflect.set(holder, name, wrapped);
}

surround(Socket.prototype, 'write');
surround(Socket.prototype, 'push');
surround(StatementSync.prototype, 'run');
surround(childProcess, 'spawn');
for (const name of ['mkdirSync', 'writeFileSync', 'symlinkSync', 'unlinkSync', 'rmSync', 'rmdirSync'])
  surround(fs, name);
syncBuiltinESMExports();

const { openEngine } = await import('../../../src/sdk/index.ts');
const { requestOf } = await import('./start-kinds.ts');

const request: RunRequest = requestOf(kind);
await using engine = await openEngine({ root });
counting = true;
const container = await engine.run(request);
container.stdin?.end();
container.stdout?.resume();
container.stderr?.resume();
if (!request.detach) await container.exited;
counting = false;
fs.writeSync(1, `${moments}\n`);
