import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReference } from './reference.ts';

test('what is no name of an image says what one looks like', () => {
  const wrong: [string, RegExp][] = [
    ['http://x/y', /scheme/],
    ['127.0.0.1:5000/A', /lower case/],
    ['Busybox:latest', /lower case/],
    ['a//b', /names are like/],
    ['', /names are like/],
  ];
  for (const [text, hint] of wrong) assert.throws(() => parseReference(text), { code: 'REFERENCE_INVALID', hint });
});
