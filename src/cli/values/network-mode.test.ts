import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { networkMode } from './network-mode.ts';

describe('networkMode', () => {
  reads(networkMode, [
    ['bridge', 'bridge'],
    ['default', 'bridge'],
    ['none', 'none'],
    ['host', 'host'],
    ['container:web', 'container:web'],
  ]);
  refuses(networkMode, [
    ['mynet', /expected bridge, none, host or container:NAME/],
    ['container:', /expected bridge/],
    ['container:a/b', /expected bridge/],
    ['', /expected bridge/],
  ]);
});
