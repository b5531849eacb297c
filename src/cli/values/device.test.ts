import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { deviceCgroupRule, deviceValue } from './device.ts';

describe('deviceValue', () => {
  reads(deviceValue, [
    ['/dev/fuse', { source: '/dev/fuse', target: '/dev/fuse', permissions: 'rwm' }],
    ['/dev/sda:/dev/xvda', { source: '/dev/sda', target: '/dev/xvda', permissions: 'rwm' }],
    ['/dev/sda:r', { source: '/dev/sda', target: '/dev/sda', permissions: 'r' }],
    ['/dev/sda:/dev/xvda:mr', { source: '/dev/sda', target: '/dev/xvda', permissions: 'mr' }],
  ]);
  refuses(deviceValue, [
    ['', /expected PATH\[:PATH_IN_CONTAINER\]/],
    ['fuse', /expected PATH/],
    ['/dev/a:b', /expected PATH/],
    ['/dev/a:/dev/b:x', /some of the letters r, w and m in place of 'x'/],
    ['/dev/a:/dev/b:rr', /letters r, w and m/],
    ['/dev/a::r', /expected PATH/],
    ['/dev/a:', /expected PATH/],
    ['1:2:3:4', /expected PATH/],
  ]);
  survivesAnyText(deviceValue, ['/dev/a', ':', 'r', 'w', 'm']);
});

describe('deviceCgroupRule', () => {
  reads(deviceCgroupRule, [
    ['c 10:200 rwm', 'c 10:200 rwm'],
    ['b 8:* r', 'b 8:* r'],
    ['a *:* rwm', 'a *:* rwm'],
  ]);
  refuses(deviceCgroupRule, [
    ['', /expected TYPE MAJOR:MINOR PERMISSIONS/],
    ['d 1:2 r', /expected TYPE/],
    ['c 1 r', /expected TYPE/],
    ['c 1:2', /expected TYPE/],
    ['c 1:2 x', /expected TYPE/],
  ]);
});
