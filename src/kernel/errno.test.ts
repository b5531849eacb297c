import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import * as errno from './errno.ts';

test("the names are those of this machine's C library", () => {
  const own = new Map(Object.entries(constants.errno));
  // Two names of one number each: EAGAIN and EOPNOTSUPP are what Linux's manual pages speak of.
  own.delete('EWOULDBLOCK');
  own.delete('ENOTSUP');
  assert.ok(own.size > 70);
  for (const [name, number] of own) assert.equal(errno.errnoName(number), name);
});

test('every constant has its own number, and the table knows it by that name', () => {
  const numbers = Object.entries<unknown>({ ...errno }).filter((e): e is [string, number] => typeof e[1] === 'number');
  assert.ok(numbers.length > 30);
  for (const [name, number] of numbers) assert.equal(errno.errnoName(number), name);
});

test('what a system error is called', () => {
  assert.equal(errno.describeErrno(errno.ENOENT), 'No such file or directory');
  assert.equal(errno.describeErrno(errno.ECANCELED), 'Operation canceled');
  for (let number = 1; number <= 133; number++) {
    // 41 and 58 are not given out (asm-generic/errno.h).
    if (number === 41 || number === 58) continue;
    assert.match(errno.errnoName(number), /^E[A-Z0-9]+$/);
    assert.notEqual(errno.describeErrno(number), '');
  }
});

test('a number that is none is told as it is', () => {
  assert.equal(errno.errnoName(4000), 'errno 4000');
  assert.equal(errno.describeErrno(4000), 'unknown error 4000');
});
