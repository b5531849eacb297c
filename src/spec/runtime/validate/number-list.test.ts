import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCpusetList, isNumberList } from './number-list.ts';

for (const text of ['', '0', '0-3', '0-3,7', '0,1,2', ' 0 - 3 , 7 ', '1,', '0-3\n', '5-5']) {
  test(`'${text}' is a list`, () => assert.ok(isNumberList(text) && isCpusetList(text)));
}

for (const text of ['0-31:2/4', 'all', 'ALL', 'N', '0-N', 'all:1/2', '0,N']) {
  test(`'${text}' is a list for the cpuset files alone`, () => {
    assert.ok(isCpusetList(text));
    assert.equal(isNumberList(text), false);
  });
}

const wrong = [
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
  'small',
  'N-0',
  'n',
];
for (const text of wrong) {
  test(`'${text}' is none`, () => assert.ok(!isNumberList(text) && !isCpusetList(text)));
}
