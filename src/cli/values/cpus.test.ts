import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { cpusValue } from './cpus.ts';

describe('cpusValue', () => {
  reads(cpusValue, [
    ['1.5', 1.5],
    ['2', 2],
    ['.5', 0.5],
    ['2.', 2],
    ['0.000000001', 1e-9],
    ['1.5000000000000', 1.5],
  ]);
  refuses(cpusValue, [
    ['', /number of processors such as 2 or 0.5/],
    ['.', /number of processors/],
    ['-1', /number of processors/],
    ['1/2', /number of processors/],
    ['1e2', /number of processors/],
    ['0.0000000001', /number of processors/],
    ['99999999999', /number of processors/],
  ]);
  survivesAnyText(cpusValue, ['1', '.', '-', 'e']);
});
