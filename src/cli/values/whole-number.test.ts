import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { wholeNumber } from './whole-number.ts';

describe('wholeNumber', () => {
  reads(wholeNumber(), [
    ['0', 0],
    ['-12', -12],
    ['+7', 7],
    ['-0', 0],
  ]);
  refuses(wholeNumber(), [
    ['', /^expected a whole number$/],
    ['1.5', /whole number/],
    ['1e3', /whole number/],
    ['0x10', /whole number/],
    [' 1', /whole number/],
    ['99999999999999999999', /whole number/],
  ]);
  refuses(wholeNumber({ min: 10, max: 1000 }), [
    ['9', /^expected a whole number from 10 to 1000$/],
    ['1001', /from 10 to 1000/],
  ]);
  refuses(wholeNumber({ min: -1 }), [['-2', /of at least -1/]]);
  refuses(wholeNumber({ max: 3 }), [['4', /of at most 3/]]);
});
