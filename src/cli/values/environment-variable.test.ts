import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { environmentVariable, resolveEnvironment } from './environment-variable.ts';

describe('environmentVariable', () => {
  reads(environmentVariable, [
    ['A=b', { name: 'A', value: 'b' }],
    ['A=', { name: 'A', value: '' }],
    ['A', { name: 'A' }],
    ['A=b=c\nd', { name: 'A', value: 'b=c\nd' }],
    ['a.b-c=1', { name: 'a.b-c', value: '1' }],
  ]);
  refuses(environmentVariable, [
    ['', /expected NAME=VALUE or NAME/],
    ['=b', /expected NAME=VALUE/],
    ['A=b\0', /expected NAME=VALUE/],
  ]);
});

describe('resolveEnvironment', () => {
  test('takes our value, the last one given, and leaves out what nobody has', () => {
    const variables = ['A=1', 'HOME', 'B=2', 'A=3', 'MISSING'].map(environmentVariable);
    assert.deepEqual(resolveEnvironment(variables, { HOME: '/root', A: '9' }), ['A=3', 'HOME=/root', 'B=2']);
  });

  test('a name without a value anywhere takes back what a file said', () => {
    assert.deepEqual(resolveEnvironment(['A=1', 'A'].map(environmentVariable), {}), []);
  });
});
