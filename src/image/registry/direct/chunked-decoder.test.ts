import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChunkedDecoder } from './chunked-decoder.ts';

function decode(text: string, step: number): { content: string; isDone: boolean } {
  const decoder = new ChunkedDecoder();
  let content = '';
  for (let at = 0; at < text.length; at += step) {
    const pieces = decoder.push(Buffer.from(text.slice(at, at + step), 'latin1'));
    content += Buffer.concat(pieces).toString('latin1');
  }
  return { content, isDone: decoder.isDone };
}

test('chunks that come in pieces of any size', () => {
  const text = '5\r\nhello\r\nA;name=value\r\n\r\n345678\r\n\r\n0\r\nTrailer: x\r\n\r\n';
  for (let step = 1; step <= text.length; step++) {
    assert.deepEqual(decode(text, step), { content: 'hello\r\n345678\r\n', isDone: true }, `${step} bytes at a time`);
  }
});

test('the end is the empty line behind the last chunk', () => {
  assert.equal(decode('1\r\nx\r\n0\r\n', 99).isDone, false);
  assert.equal(decode('1\r\nx\r\n', 99).isDone, false);
});

test('what is not in chunks is refused', () => {
  for (const text of ['x\r\n', '1\nx', '-1\r\n', '1\r\nxy\r\n', ' 1\r\n', '1'.repeat(5000)]) {
    assert.throws(() => decode(text, 99), /chunks/, text.slice(0, 10));
  }
});
