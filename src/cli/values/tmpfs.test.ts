import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { tmpfsValue } from './tmpfs.ts';

describe('tmpfsValue', () => {
  const tmpfs = { type: 'tmpfs' as const, target: '/run', readOnly: false };
  reads(tmpfsValue, [
    ['/run', tmpfs],
    ['/run:size=10m,mode=1777', { ...tmpfs, tmpfsSize: 10_485_760, tmpfsMode: 0o1777 }],
    ['/run:ro,noexec,uid=1000,', { ...tmpfs, readOnly: true, options: ['noexec', 'uid=1000'] }],
    ['/run:exec,nr_inodes=1k,huge=never', { ...tmpfs, options: ['exec', 'nr_inodes=1k', 'huge=never'] }],
  ]);
  refuses(tmpfsValue, [
    ['run', /absolute path/],
    ['/', /nothing can be mounted/],
    ['/run:size=x', /expected a size/],
    ['/run:mode=9', /permission bits in octal/],
    ['/run:bogus', /expected tmpfs options such as size=64m, mode=1777 or noexec, not 'bogus'/],
    ['/run:uid=a', /not 'uid=a'/],
  ]);
  survivesAnyText(tmpfsValue, ['/a', ':', ',', 'size=', 'mode=', '1', 'ro']);
});
