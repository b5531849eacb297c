import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { containerName } from './container-name.ts';

describe('containerName', () => {
  reads(containerName, [
    ['web-1', 'web-1'],
    ['/web', 'web'],
  ]);
  refuses(containerName, [
    ['a', /expected at least two characters/],
    ['a/b', /expected at least two/],
    ['-a', /expected at least two/],
    ['', /expected at least two/],
  ]);
});
