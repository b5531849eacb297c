import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { ulimitValue } from './ulimit.ts';

describe('ulimitValue', () => {
  reads(ulimitValue, [
    ['nofile=10:20', { name: 'nofile', soft: 10, hard: 20 }],
    ['core=0', { name: 'core', soft: 0, hard: 0 }],
    ['memlock=-1', { name: 'memlock', soft: -1, hard: -1 }],
    ['stack=8:-1', { name: 'stack', soft: 8, hard: -1 }],
  ]);
  refuses(ulimitValue, [
    ['nofile', /expected NAME=SOFT\[:HARD\] such as nofile=1024:2048/],
    ['nofile=', /expected NAME=SOFT/],
    ['nofile=a', /expected NAME=SOFT/],
    ['nofile=1:2:3', /expected NAME=SOFT/],
    ['nofile=2:1', /soft limit must not be above the hard one/],
    ['nofile=-1:1', /soft limit must not be above/],
    ['files=1', /expected one of as, core, .*nofile/],
    ['nofile=99999999999999999999', /expected NAME=SOFT/],
  ]);
  survivesAnyText(ulimitValue, ['nofile', '=', ':', '-1', '7']);
});
