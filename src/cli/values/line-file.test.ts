import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refuses } from '../testing/assert-parser.ts';
import { readLines } from './line-file.ts';

describe('readLines', () => {
  const read = (text: string) => readLines('vars', Buffer.from(text));

  test('skips comments and empty lines, keeps quotes and closing white space', () => {
    assert.deepEqual(read('\ufeffA=1\r\n# no\n\n  B="two" \n\tC\n#D=4'), ['A=1', 'B="two" ', 'C']);
    assert.deepEqual(read(''), []);
  });

  refuses(read, [
    ['A=1\nB C=2', /^vars:2: white space in the name 'B C'$/],
    ['=2', /^vars:1: no name before '='$/],
    ['A=\0', /vars:1: a NUL byte/],
  ]);

  test('refuses what is not UTF-8', () => {
    assert.throws(() => readLines('vars', Uint8Array.of(0x41, 0xff)), { message: 'vars is not UTF-8 text' });
  });
});
