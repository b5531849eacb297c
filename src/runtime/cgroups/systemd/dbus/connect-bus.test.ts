import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { connectBus } from './connect-bus.ts';
import { DBusWriter } from './dbus-writer.ts';
import { decodeMessage, messageLength } from './message.ts';
import type { DBusValue } from './value.ts';

const CALL = { destination: 'a.b', path: '/', interface: 'a.b', member: 'M' };

function reply(type: 2 | 3, text: string): Buffer {
  const body = new DBusWriter();
  body.write('s', text);
  const message = new DBusWriter();
  for (const byte of [0x6c, type, 0, 1]) message.write('y', byte);
  message.write('u', body.bytes().length);
  message.write('u', 1);
  const field = (code: number, signature: string, value: DBusValue) => [code, { signature, value }];
  message.write('a(yv)', [field(5, 'u', 1), field(8, 'g', 's'), ...(type === 3 ? [field(4, 's', 'a.b.No')] : [])]);
  message.align(8);
  return Buffer.concat([message.bytes(), body.bytes()]);
}

/** Listens as a service does: says these lines to who comes in, then has `serve` deal with the first message. */
async function listen(t: TestContext, answers: readonly string[], serve: (socket: Socket) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-bus-'));
  const path = join(folder, 'bus');
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    const left = [...answers];
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        received = Buffer.concat([received, chunk]);
        for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
          received = received.subarray(end + 2);
          const answer = left.shift();
          if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
        if (messageLength(received) !== received.length) return;
        assert.equal(decodeMessage(received).member, 'M');
        serve(socket);
      });
  }).listen(path);
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true }); // no-mount-below: one socket
  });
  await once(server, 'listening');
  return path;
}

describe('a connection to a service', () => {
  for (const answers of [['DATA', 'OK 1234']]) {
    test(`that answers ${answers.join(', then ')}`, async (t) => {
      const path = await listen(t, answers, (socket) => {
        const bytes = reply(2, 'yes');
        // In pieces: the middle of the header, and the rest a moment later.
        socket.write(bytes.subarray(0, 10));
        setTimeout(() => socket.write(bytes.subarray(10)), 20);
      });
      using bus = await connectBus({ path, brokered: false });
      assert.deepEqual(await bus.call(CALL), ['yes']);
    });
  }

  test('that refuses us', async (t) => {
    const path = await listen(t, ['REJECTED EXTERNAL'], () => undefined);
    await assert.rejects(connectBus({ path, brokered: false }), /REJECTED/);
  });

  test('that refuses a call', async (t) => {
    const path = await listen(t, ['DATA', 'OK'], (socket) => socket.write(reply(3, 'not now')));
    using bus = await connectBus({ path, brokered: false });
    await assert.rejects(bus.call(CALL), { errorName: 'a.b.No', message: 'not now' });
  });

  for (const [what, end] of [
    ['that ends', (socket: Socket) => socket.end()],
    ['that says what is no message', (socket: Socket) => socket.write(Buffer.alloc(64, 0xff))],
  ] as const) {
    test(what, async (t) => {
      const path = await listen(t, ['DATA', 'OK'], (socket) => void end(socket));
      using bus = await connectBus({ path, brokered: false });
      await assert.rejects(bus.call(CALL));
      assert.ok((await bus.lost) instanceof Error);
    });
  }

  test('where nobody listens', async () => {
    await assert.rejects(connectBus({ path: '/nowhere/bus', brokered: false }), { code: 'ENOENT' });
  });
});
