import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { sizeOrUnlimitedValue, sizeValue } from './size.ts';

describe('sizeValue', () => {
  reads(sizeValue, [
    ['64m', 67_108_864],
    ['1.5g', 1_610_612_736],
    ['0', 0],
  ]);
  refuses(sizeValue, [
    ['12x', /^expected a size such as 64m, 1.5g or 4096$/],
    ['', /expected a size/],
    ['-1', /expected a size/],
  ]);
  survivesAnyText(sizeValue, ['1', '.', 'k', 'm', 'ib', ' ']);
});

describe('sizeOrUnlimitedValue', () => {
  reads(sizeOrUnlimitedValue, [
    ['-1', -1],
    ['1k', 1024],
  ]);
  refuses(sizeOrUnlimitedValue, [['-2', /expected a size/]]);
});
