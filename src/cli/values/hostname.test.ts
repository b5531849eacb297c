import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { hostnameValue } from './hostname.ts';

describe('hostnameValue', () => {
  reads(hostnameValue, [
    ['web', 'web'],
    ['a.example.com', 'a.example.com'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ]);
  refuses(hostnameValue, [
    ['', /expected 1 to 64/],
    ['x'.repeat(65), /expected 1 to 64/],
    ['a b', /expected/],
    ['a\nb', /expected/],
    ['a/b', /expected/],
  ]);
});
