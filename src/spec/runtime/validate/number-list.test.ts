import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNumberList } from './number-list.ts';

for (const text of ['', '0', '0-3', '0-3,7', '0,1,2', ' 0 - 3 , 7 ', '0-31:2/4', '1,', '0-3\n', '5-5']) {
  test(`'${text}' is a list`, () => assert.ok(isNumberList(text)));
}

for (const text of [
  'a',
  '3-0',
  '-1',
  '0-',
  '0-3-5',
  '0..3',
  '0;1',
  '1 2',
  '0:1/2',
  '0-3:4/2',
  '0-3:0/0',
  '0x1',
  '123456',
]) {
  test(`'${text}' is not`, () => assert.equal(isNumberList(text), false));
}
