import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Connections } from '../../../src/image/registry/connections.ts';
import { askDirectly } from '../../../src/image/registry/direct/ask-directly.ts';
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

async function ask(connections: Connections): Promise<HttpAnswer> {
  return (await askDirectly({ url }, connections)) ?? assert.fail();
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

test('a body that is too short, chunks without an end, and what is not HTTP are errors', async () => {
  await using connections = new Connections({});
  for (const text of ['content-length: 9\r\n\r\nshort', 'transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n']) {
    answers = [(socket) => void socket.end(`HTTP/1.1 200 OK\r\n${text}`)];
    await assert.rejects(bodyOf(await ask(connections)), /closed the connection/);
  }
  answers = [says('SSH-2.0-OpenSSH_9.2\r\n\r\n')];
  await assert.rejects(ask(connections), /does not begin as an answer of HTTP/);
  answers = [says(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`)];
  await assert.rejects(ask(connections), /no end of its headers/);
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

test('a header that would be two is not sent by us', async () => {
  await using connections = new Connections({});
  const headers = { authorization: 'Bearer x\r\nx-other: y' };
  assert.equal(await askDirectly({ url, headers }, connections), undefined);
  assert.equal(sockets.length, 0);
});
