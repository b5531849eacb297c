import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Connections } from '../../../src/image/registry/connections.ts';
import { get } from '../../../src/image/registry/get.ts';
import type { HttpAnswer } from '../../../src/image/registry/http-answer.ts';

let server: Server;
let sockets: Socket[];
/** Answers to the requests, in their order. */
let answers: ((socket: Socket) => void)[];
let url: URL;

beforeEach(async () => {
  sockets = [];
  answers = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answers.shift()?.(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const says = (text: string) => (socket: Socket) => void socket.write(text, 'latin1');

/** How our side ended it does not matter. */
function closeOf(socket: Socket | undefined): Promise<unknown> {
  return new Promise((resolve) => socket?.once('close', resolve));
}

async function ask(connections: Connections, signal?: AbortSignal): Promise<HttpAnswer> {
  return (await get({ url, signal }, connections)) ?? assert.fail();
}

async function bodyOf({ body }: HttpAnswer): Promise<string> {
  let text = '';
  await body.each((chunk) => {
    text += chunk.toString('latin1');
    return undefined;
  });
  return text;
}

test('one connection takes one request after the other', async () => {
  await using connections = new Connections({});
  answers = ['a', 'bc', ''].map((text) => says(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`));
  for (const text of ['a', 'bc', '']) assert.equal(await bodyOf(await ask(connections)), text);
  assert.equal(sockets.length, 1);
});

test('what comes behind an answer is not taken for the next one', async () => {
  await using connections = new Connections({});
  answers = [
    says('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'),
    says('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'),
  ];
  assert.equal(await bodyOf(await ask(connections)), 'ok');
  assert.equal(await bodyOf(await ask(connections)), 'good');
  assert.equal(sockets.length, 2);
});

test('a body in chunks, and one that ends with the connection', async () => {
  await using connections = new Connections({});
  answers = [
    says(
      'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    ),
    (socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'),
  ];
  assert.equal(await bodyOf(await ask(connections)), 'abc');
  assert.equal(await bodyOf(await ask(connections)), 'all of it');
});

test('what comes while nothing was asked ends the connection', async () => {
  await using connections = new Connections({});
  const good = says('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood');
  answers = [good, good];
  assert.equal(await bodyOf(await ask(connections)), 'good');
  const closed = closeOf(sockets[0]);
  await turn(); // the connection is free only then
  sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil');
  await closed;
  assert.equal(await bodyOf(await ask(connections)), 'good');
  assert.equal(sockets.length, 2);
});

test('a part of an answer behind another one is not taken for the next one either', async () => {
  await using connections = new Connections({});
  answers = [
    says('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-le'),
    says('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood'),
  ];
  assert.equal(await bodyOf(await ask(connections)), 'ok');
  assert.equal(await bodyOf(await ask(connections)), 'good');
});

test('a body that is too short, chunks without an end, and what is not HTTP are errors, and their connections are left', async () => {
  await using connections = new Connections({});
  const closed = { code: 'UND_ERR_SOCKET', message: /closed the connection/ };
  for (const text of ['content-length: 9\r\n\r\nshort', 'transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n']) {
    answers = [(socket) => void socket.end(`HTTP/1.1 200 OK\r\n${text}`)];
    await assert.rejects(bodyOf(await ask(connections)), closed);
  }
  answers = [(socket) => void socket.end()];
  await assert.rejects(ask(connections), closed);
  const wrong = [
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`,
  ];
  for (const text of wrong) {
    answers = [says(text)];
    await assert.rejects(ask(connections), { code: /^HPE_/ }, text.slice(0, 60));
  }
  answers = [says('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')];
  await assert.rejects(ask(connections), closed);
  answers = [says('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')];
  assert.equal(await bodyOf(await ask(connections)), 'ok');
  assert.equal(sockets.length, 8);
});

test('memory of a chunk is left alone until it was taken, and the server waits meanwhile', async () => {
  await using connections = new Connections({});
  const size = 8 << 20;
  const content = Buffer.alloc(size, '0123456789abcdef');
  answers = [
    (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      socket.write(content);
    },
  ];
  let at = 0;
  const { body } = await ask(connections);
  await body.each(async (chunk) => {
    // The connection reads on into the same memory: of that it must be a copy.
    if (chunk.length > Buffer.poolSize) assert.equal(chunk.buffer.byteLength, chunk.length);
    for (let i = 0; i < 3; i++) await turn();
    assert.equal(chunk.compare(content, at, at + chunk.length), 0);
    at += chunk.length;
  });
  assert.equal(at, size);
});

test('a silent server is left, before and inside a body', async () => {
  await using connections = new Connections({ patience: 50 });
  answers = [() => undefined, says('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort')];
  await assert.rejects(ask(connections), /silent/);
  await assert.rejects(bodyOf(await ask(connections)), /silent/);
});

test('whoever takes may take longer than the server may', async () => {
  await using connections = new Connections({ patience: 20 });
  const size = 1 << 20; // several pieces
  answers = [says(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`)];
  const { body } = await ask(connections);
  const started = performance.now();
  let taken = 0;
  await body.each(async (chunk) => {
    while (performance.now() - started < 100) await turn();
    taken += chunk.length;
  });
  assert.equal(taken, size);
});

test('who still takes a part is waited for when the server closes the connection or the request is stopped', async () => {
  for (const ending of ['close', 'abort'] as const) {
    await using connections = new Connections({});
    answers = [says('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort')];
    const stop = new AbortController();
    const answer = await ask(connections, stop.signal);
    const [socket] = sockets.splice(0);
    let isTaken = false;
    const ended = answer.body.each(async () => {
      if (ending === 'close') socket?.destroy();
      else stop.abort();
      for (let i = 0; i < 50; i++) await turn();
      isTaken = true;
    });
    await assert.rejects(ended, { code: 'UND_ERR_SOCKET' });
    assert.ok(isTaken, ending);
  }
});

test('who was stopped gets no more, and the connection is closed', async () => {
  await using connections = new Connections({});
  const size = 8 << 20;
  answers = [says(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`)];
  const stop = new AbortController();
  const answer = await ask(connections, stop.signal);
  const closed = closeOf(sockets[0]);
  let calls = 0;
  const ended = answer.body.each(async () => {
    calls++;
    for (let i = 0; i < 50; i++) await turn(); // until more is here
    stop.abort();
    for (let i = 0; i < 50; i++) await turn();
  });
  await assert.rejects(ended);
  await closed;
  assert.equal(calls, 1);
  await assert.rejects(get({ url, signal: stop.signal }, connections), { name: 'AbortError' });
});

test('who throws gets no more, and the connection is closed', async () => {
  await using connections = new Connections({});
  for (const fail of [() => assert.fail('mine'), async () => assert.fail('mine')]) {
    answers = [says(`HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort`)];
    const answer = await ask(connections);
    const closed = closeOf(sockets.at(-1));
    await assert.rejects(answer.body.each(fail), /mine/);
    await closed;
  }
});

test('who was stopped when all was here, but not taken, has not got all', async () => {
  await using connections = new Connections({});
  answers = [says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n')];
  const stop = new AbortController();
  const { body } = await ask(connections, stop.signal);
  let text = '';
  const ended = body.each(async (chunk) => {
    text += chunk.toString('latin1');
    for (let i = 0; i < 50; i++) await turn();
    stop.abort();
  });
  await assert.rejects(ended, { code: 'UND_ERR_SOCKET' });
  assert.equal(text, 'ab');
});

test('who fails with the last part is heard', async () => {
  await using connections = new Connections({});
  answers = [says('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole')];
  const { body } = await ask(connections);
  const fail = async () => {
    for (let i = 0; i < 50; i++) await turn(); // until Node has seen the end
    assert.fail('mine');
  };
  await assert.rejects(body.each(fail), /mine/);
});

test('what is small is read to keep the connection; of what is large it is closed', async () => {
  await using connections = new Connections({});
  answers = [
    says('HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno'),
    says('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nx'),
  ];
  await (await ask(connections)).body.discard();
  const { body } = await ask(connections);
  assert.equal(sockets.length, 1);
  const closed = closeOf(sockets[0]);
  await body.discard();
  await closed;
});

test('a name and password in an address are no login, and a header that would be two is not sent', async () => {
  await using connections = new Connections({});
  let request = '';
  answers = [says('HTTP/1.1 204 No Content\r\n\r\n')];
  server.once('connection', (socket) =>
    socket.once('data', (data) => {
      request = data.toString('latin1');
    }),
  );
  const address = new URL(url);
  address.username = 'user';
  address.password = 'secret';
  await (await get({ url: address }, connections))?.body.discard();
  assert.match(request, new RegExp(`^GET /x HTTP/1.1\r\nhost: ${url.host}\r\n`, 'i'));
  assert.doesNotMatch(request, /authorization/i);
  const headers = { authorization: 'Bearer x\r\nx-other: y' };
  const before = sockets.length;
  await assert.rejects(get({ url, headers }, connections), { code: 'ERR_INVALID_CHAR' });
  assert.equal(sockets.length, before);
});
