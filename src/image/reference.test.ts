import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../base/index.ts';
import { parseReference, showReference } from './reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

test('names, tags and digests are told apart', () => {
  const cases: [string, string, string | undefined, string | undefined][] = [
    ['busybox', 'busybox', 'latest', undefined],
    ['busybox:1.36', 'busybox', '1.36', undefined],
    [`busybox@${digest}`, 'busybox', undefined, digest],
    [`busybox:1@${digest}`, 'busybox', '1', digest],
    ['localhost:5000/a/b', 'localhost:5000/a/b', 'latest', undefined],
    ['[::1]:5000/a:b', '[::1]:5000/a', 'b', undefined],
    ['Registry.example/a__b/c--d.e', 'Registry.example/a__b/c--d.e', 'latest', undefined],
    [`a:${'t'.repeat(128)}`, 'a', 't'.repeat(128), undefined],
  ];
  for (const [text, name, tag, hash] of cases)
    assert.deepEqual(parseReference(text), { name, tag, digest: hash }, text);
});

test('what Docker refuses as a name is refused', () => {
  const wrong = [
    '',
    ' ',
    'A',
    'a b',
    'a:',
    'a:b:c',
    'a@',
    '/a',
    'a/',
    'a//b',
    '-a',
    'a-',
    'a..b',
    'a___b',
    '../a',
    'a:-b',
  ];
  wrong.push(
    `a:${'t'.repeat(129)}`,
    'a@sha256:12',
    `a@${digest}0`,
    'a'.repeat(64),
    `${'a/'.repeat(130)}b`,
    'a\n',
    'a\0',
  );
  for (const text of wrong) {
    assert.throws(
      () => parseReference(text),
      (e) => isKeelsonError(e, 'invalid') && e.code === 'REFERENCE_INVALID',
      text,
    );
  }
});

test('what is shown is read as the same', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const reference = fc.tuple(
    fc.array(part, { minLength: 1, maxLength: 4 }),
    fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/)),
  );
  fc.assert(
    fc.property(reference, ([parts, tag]) => {
      const read = parseReference(`${parts.join('/')}${tag === null ? '' : `:${tag}`}`);
      assert.deepEqual(parseReference(showReference(read)), read);
    }),
  );
});

test('a hostile name costs no time', () => {
  for (const text of ['a'.repeat(100_000), `${'a-'.repeat(500)}!`, `${'a.'.repeat(500)}/`, 'a/'.repeat(511)]) {
    assert.throws(() => parseReference(text)); // backtracking would take longer than a test may
  }
});

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
