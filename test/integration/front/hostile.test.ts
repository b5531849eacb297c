/** What is no message, on both sides of the socket. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openBrains } from './brains.ts';
import { exitFrame } from './exit-frame.ts';
import { FrontBundle } from './front-under-test.ts';

const NAMED = /^brain-/;

test('a brain outlives fronts that answer with nonsense', async () => {
  await using brains = openBrains();
  using bundle = new FrontBundle();
  bundle.call(brains.env, '--version');
  const [pid] = await brains.settled(1);
  const path = join(brains.folder, readdirSync(brains.folder).find((name) => NAMED.test(name)) ?? '');
  const words = fc.array(fc.oneof(answer(), fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(words, fc.boolean(), async (parts, waits) => {
      const socket = connect(path);
      const { promise: closed, resolve } = Promise.withResolvers<void>();
      // It may be sent away in the middle of a write.
      socket
        .on('error', () => undefined)
        .on('close', resolve)
        .resume();
      await once(socket, 'connect');
      // Its own arguments are those of this test, so it is asked to print how keelson-runtime is used.
      if (waits) await Promise.race([new Promise((told) => socket.once('data', told)), closed]);
      for (const part of parts) socket.write(part);
      socket.end();
      await closed;
    }),
    { numRuns: 100 },
  );
  assert.match(bundle.call(brains.env, '--version').stdout, /^keelson-runtime version/);
  assert.deepEqual(brains.pids(), [pid]);
});

/** What has the form of an answer: sequence, type, number of calls, errno, results. */
function answer(): fc.Arbitrary<Buffer> {
  const small = fc.oneof(fc.nat(3), fc.nat(0xffff));
  return fc
    .tuple(fc.nat(4), small, small, fc.nat(140), fc.uint8Array({ maxLength: 120 }))
    .map(([sequence, type, done, error, body]) => {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(16 + body.length, 0);
      head.writeUInt32LE(sequence, 4);
      head.writeUInt16LE(type, 8);
      head.writeUInt16LE(done, 10);
      head.writeInt32LE(error, 12);
      return Buffer.concat([head, body]);
    });
}

test('a front ends when its brain sends what is no request', async () => {
  await using brains = openBrains('0');
  using bundle = new FrontBundle();
  const name = await socketName(bundle);
  const frame = exitFrame(7);
  const noise = [
    randomBytes(64),
    // Sizes and places that are none.
    ...[0, 4, 8, 12, 16, 20, 24, 26, 28, 32].map((at) => {
      const broken = Buffer.from(frame);
      broken.writeUInt32LE(0xfffffff0, at);
      return broken;
    }),
    frame.subarray(0, 30),
  ];
  const sent = [frame, ...noise];
  let turn = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined).end(sent[turn] ?? '');
  }).listen(join(brains.folder, name));
  await once(server, 'listening');
  try {
    for (; turn < sent.length; turn++) {
      const { ended } = bundle.start(brains.env, ['--version']);
      const { status, signal } = await ended;
      assert.equal(signal, null, `frame ${turn}`);
      // A whole one is obeyed, whatever stands where nobody looks; 70 is malformed input; who got none has asked another.
      assert.ok(turn === 0 ? status === 7 : [0, 1, 7, 70].includes(status ?? -1), `frame ${turn}: status ${status}`);
    }
  } finally {
    server.close();
  }
});

async function socketName(bundle: FrontBundle): Promise<string> {
  await using brains = openBrains();
  bundle.call(brains.env, '--version');
  await brains.settled(1);
  return readdirSync(brains.folder).find((name) => NAMED.test(name)) ?? '';
}
