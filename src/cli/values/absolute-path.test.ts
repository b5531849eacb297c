import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { absolutePath, mountTarget } from './absolute-path.ts';

describe('absolutePath', () => {
  reads(absolutePath, [['/a/../b', '/a/../b']]);
  refuses(absolutePath, [
    ['a', /expected an absolute path such as \/data/],
    ['', /absolute path/],
    ['/a\0', /absolute path/],
  ]);
});

describe('mountTarget', () => {
  reads(mountTarget, [
    ['/a//b/', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/../a', '/a'],
  ]);
  refuses(mountTarget, [
    ['/', /nothing can be mounted over the container's root/],
    ['/a/..', /nothing can be mounted/],
    ['a', /absolute path/],
  ]);
  survivesAnyText(mountTarget, ['/', '.', '..', 'a']);
});
