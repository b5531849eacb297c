import { describe } from 'node:test';
import { reads, refuses } from '../testing/assert-parser.ts';
import { capabilityValue } from './capability.ts';

describe('capabilityValue', () => {
  reads(capabilityValue, [
    ['NET_ADMIN', 'CAP_NET_ADMIN'],
    ['cap_sys_ptrace', 'CAP_SYS_PTRACE'],
    ['all', 'ALL'],
  ]);
  refuses(capabilityValue, [
    ['', /expected a capability such as NET_ADMIN, or ALL/],
    ['NET ADMIN', /expected a capability/],
    ['12', /expected a capability/],
  ]);
});
