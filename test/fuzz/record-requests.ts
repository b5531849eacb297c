/**
 * `record-requests.ts FILE`: writes the requests that real work sends to its agents, one after the other: a container
 * from start to end, and calls that a container does not make.
 */
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { AT_FDCWD, O_RDONLY, startAgent } from '../../src/kernel/index.ts';
import { configOf, runToEnd, temporaryEngine } from '../integration/engine/container-under-test.ts';

const file = process.argv[2];
if (file === undefined) throw new TypeError('usage: record-requests.ts FILE');

const REQUEST_HEADER = 20;
const requests: Buffer[] = [];
const { write } = Socket.prototype;
Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
  const [frame] = args as unknown[];
  if (Buffer.isBuffer(frame) && frame.length >= REQUEST_HEADER && frame.readUInt32LE(0) === frame.length) {
    requests.push(Buffer.from(frame));
  }
  return Reflect.apply(write, this, args);
} as typeof write;

await recordCalls();
if (process.getuid?.() === 0) await recordContainer();
writeFileSync(file, Buffer.concat(requests));

async function recordCalls(): Promise<void> {
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'], channels: 4, tracer: () => undefined });
  const { kernel } = agent;
  const [read, written] = kernel.pipe2(0);
  const [from, to] = kernel.pipe2(0);
  kernel.write(written, 'some bytes');
  kernel.pump({ from: read, to, stream: 1, closeAtEnd: true });
  const child = kernel.clone(0, { name: 'child' });
  const { exited } = kernel.watch(child.pidfd, {
    stay: true,
    statusFile: kernel.memfdCreate('status'),
    afterwards: (later) => void later.close(from),
  });
  await Promise.all([kernel.flush(), child.kernel.getpid()]);
  child.kernel.openat2(AT_FDCWD, 'package.json', { flags: O_RDONLY, resolve: 0x10 });
  child.kernel.execve('/bin/true', ['true'], ['PATH=/bin']);
  await child.kernel.flush();
  await exited;
}

async function recordContainer(): Promise<void> {
  await using engine = await temporaryEngine();
  await runToEnd(engine, configOf(['sh', '-c', 'echo out; echo err >&2'], { init: true }));
}
