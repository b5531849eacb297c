import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { hostOrPrivate, ipcMode, pidMode } from './namespace-mode.ts';

describe('pidMode', () => {
  reads(pidMode, [
    ['host', 'host'],
    ['private', 'private'],
    ['container:db', 'container:db'],
  ]);
  refuses(pidMode, [
    ['none', /expected host, private or container:NAME/],
    ['container:', /expected host/],
  ]);
});

describe('ipcMode', () => {
  reads(ipcMode, [
    ['none', 'none'],
    ['shareable', 'shareable'],
    ['container:db', 'container:db'],
  ]);
  refuses(ipcMode, [['x', /expected private, shareable, host, none or container:NAME/]]);
});

describe('hostOrPrivate', () => {
  reads(hostOrPrivate, [
    ['host', 'host'],
    ['private', 'private'],
  ]);
  refuses(hostOrPrivate, [['container:db', /expected host or private/]]);
});
