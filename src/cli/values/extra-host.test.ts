import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { extraHostValue, resolverOption, searchDomain } from './extra-host.ts';

describe('extraHostValue', () => {
  reads(extraHostValue, [
    ['db:10.0.0.5', 'db:10.0.0.5'],
    ['db=10.0.0.5', 'db:10.0.0.5'],
    ['db:fd00::1', 'db:fd00::1'],
    ['db=[FD00::1]', 'db:fd00::1'],
    ['host.internal:host-gateway', 'host.internal:host-gateway'],
  ]);
  refuses(extraHostValue, [
    ['', /expected NAME:ADDRESS such as db:10.0.0.5/],
    ['db', /expected NAME:ADDRESS/],
    ['db:', /expected NAME:ADDRESS/],
    [':10.0.0.5', /expected NAME:ADDRESS/],
    ['db:nowhere', /expected NAME:ADDRESS/],
    ['a\nb:10.0.0.5', /expected NAME:ADDRESS/],
    ['fd00::1', /expected NAME:ADDRESS/],
  ]);
  survivesAnyText(extraHostValue, ['db', ':', '=', '10.0.0.5', '::1', '[', ']']);
});

describe('searchDomain', () => {
  reads(searchDomain, [
    ['example.com', 'example.com'],
    ['.', '.'],
    ['_tcp.local.', '_tcp.local.'],
  ]);
  refuses(searchDomain, [
    ['', /expected a domain such as example.com/],
    ['a b', /expected a domain/],
    ['a..b', /expected a domain/],
    [`${'a'.repeat(64)}.b`, /expected a domain/],
  ]);
});

describe('resolverOption', () => {
  reads(resolverOption, [
    ['ndots:2', 'ndots:2'],
    ['rotate', 'rotate'],
  ]);
  refuses(resolverOption, [
    ['', /option of resolv.conf/],
    ['a\nb', /option of resolv.conf/],
  ]);
});
