import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { keyValue } from './key-value.ts';

describe('keyValue', () => {
  reads(keyValue, [
    ['a=b', ['a', 'b']],
    ['a', ['a', '']],
    ['a=b=c', ['a', 'b=c']],
    ['a=', ['a', '']],
  ]);
  refuses(keyValue, [
    ['', /expected KEY=VALUE/],
    ['=b', /expected KEY=VALUE/],
    [' =b', /expected KEY=VALUE/],
  ]);
});
