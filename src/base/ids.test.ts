import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { isFullId, isValidName, isValidRuntimeId, NAME_RULE, newId, randomName, shortId } from './ids.ts';
import { ADJECTIVES, SURNAMES } from './name-words.ts';

describe('ids', () => {
  test('64 hexadecimal digits, and new each time', () => {
    const first = newId(randomBytes);
    assert.ok(isFullId(first));
    assert.notEqual(first, newId(randomBytes));
  });

  test('an id whose short form is digits alone is drawn again', () => {
    const draws = [new Uint8Array(32).fill(0x12), new Uint8Array(32).fill(0xab)];
    assert.equal(
      newId(() => draws.shift() ?? assert.fail('drawn too often')),
      'ab'.repeat(32),
    );
  });

  test('the short form', () => {
    assert.equal(shortId('0123456789abcdef'.repeat(4)), '0123456789ab');
    assert.equal(shortId(`sha256:${'f'.repeat(64)}`), 'f'.repeat(12));
    assert.equal(shortId('abc'), 'abc');
  });

  test('what is not a full id', () => {
    for (const text of ['', 'a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), `${'a'.repeat(64)}\n`])
      assert.equal(isFullId(text), false, text);
  });
});

describe('random names', () => {
  test('are valid names of two words of ours', () => {
    for (let i = 0; i < 200; i++) {
      const name = randomName(randomBytes);
      assert.ok(isValidName(name));
      const [adjective, surname] = name.split('_');
      assert.ok(ADJECTIVES.some((word) => word === adjective) && SURNAMES.some((word) => word === surname), name);
    }
  });

  test('after a collision a digit follows', () => assert.match(randomName(randomBytes, 1), /^[a-z]+_[a-z]+\d$/));

  test('the words are lower-case, different, and enough for 5,000 names', () => {
    for (const words of [ADJECTIVES, SURNAMES]) {
      assert.equal(new Set<string>(words).size, words.length);
      for (const word of words) assert.match(word, /^[a-z]+$/);
    }
    assert.ok(ADJECTIVES.length * SURNAMES.length > 5000);
  });
});

describe('name rules', () => {
  test('container names', () => {
    for (const name of ['ab', 'a1', 'A-b_c.d', '0x']) assert.ok(isValidName(name), name);
    for (const name of ['', 'a', '-ab', '_ab', '.ab', 'a b', 'a/b', 'äb', 'ab\n', 'a\0b'])
      assert.equal(isValidName(name), false, JSON.stringify(name));
    assert.match('a-', new RegExp(`^${NAME_RULE}$`));
  });

  test('runtime ids cannot leave the state directory', () => {
    for (const id of ['a', '1', 'a+b', '..a', 'x'.repeat(255)]) assert.ok(isValidRuntimeId(id), id);
    for (const id of ['', '.', '..', 'a/b', '../x', 'a b', 'a\n', 'a\0', 'x'.repeat(256)])
      assert.equal(isValidRuntimeId(id), false, JSON.stringify(id));
  });
});
