import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { cpuSetValue } from './cpu-set.ts';

describe('cpuSetValue', () => {
  reads(cpuSetValue, [
    ['0', '0'],
    ['0-3,5', '0-3,5'],
    ['1,0', '1,0'],
  ]);
  refuses(cpuSetValue, [
    ['', /numbers and ranges such as 0-3,5/],
    ['3-1', /ranges/],
    ['a', /ranges/],
    ['0,', /ranges/],
    ['-1', /ranges/],
    ['0-', /ranges/],
  ]);
  survivesAnyText(cpuSetValue, ['0', '1', '-', ',', ' ']);
});
