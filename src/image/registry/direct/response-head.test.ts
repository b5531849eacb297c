import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResponseHead } from './response-head.ts';

const parse = (...lines: string[]) => parseResponseHead(Buffer.from(lines.join('\r\n'), 'latin1'));

test('a head with a length', () => {
  const head = parse('HTTP/1.1 206 Partial Content', 'Content-Length: 12', 'X-A: 1', 'x-a:  2 ');
  assert.deepEqual([head.status, head.length, head.stays], [206, 12, true]);
  assert.equal(head.headers.get('x-a'), '1, 2');
});

test('how the end of a body is told', () => {
  assert.equal(parse('HTTP/1.1 200', 'transfer-encoding: Chunked').length, 'chunked');
  assert.equal(parse('HTTP/1.0 200 OK').length, 'until the end');
  for (const status of [100, 204, 304]) assert.equal(parse(`HTTP/1.1 ${status} x`, 'content-length: 5').length, 0);
});

test('a connection is used again only where nothing leaves a doubt', () => {
  assert.equal(parse('HTTP/1.1 200 OK', 'content-length: 1', 'Connection: Close').stays, false);
  assert.equal(parse('HTTP/1.0 200 OK', 'content-length: 1').stays, false);
  assert.equal(parse('HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked').stays, false);
  assert.equal(parse('HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked').length, 'chunked');
});

test('what is no head is refused', () => {
  const wrong: [line: string, ...headers: string[]][] = [
    ['SSH-2.0-OpenSSH_9.2'],
    ['HTTP/2 200 OK'],
    ['HTTP/1.1 2000 OK'],
    ['HTTP/1.1 200 OK', 'no header'],
    ['HTTP/1.1 200 OK', ' folded: 1'],
    ['HTTP/1.1 200 OK', 'a : 1'],
    ['HTTP/1.1 200 OK', 'a: 1\nb: 2'],
    ['HTTP/1.1 200 OK', 'content-length: -1'],
    ['HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2'],
    ['HTTP/1.1 200 OK', 'content-length: 0x10'],
    ['HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked'],
  ];
  for (const lines of wrong) assert.throws(() => parse(...lines), /what the server sends/, lines.join('|'));
});
