import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { addressValue, ip4Value, ip6Value, macValue } from './ip-address.ts';

describe('addresses', () => {
  reads(addressValue, [
    ['8.8.8.8', '8.8.8.8'],
    ['FD00:0::1', 'fd00::1'],
  ]);
  refuses(addressValue, [
    ['dns.example.com', /expected an IP address such as 10.0.0.2 or fd00::2/],
    ['', /expected an IP address/],
  ]);
  reads(ip4Value, [['10.0.0.2', '10.0.0.2']]);
  refuses(ip4Value, [
    ['fd00::2', /expected an IPv4 address such as 10.0.0.2/],
    ['10.0.0.2/8', /expected an IPv4/],
  ]);
  reads(ip6Value, [['fd00::2', 'fd00::2']]);
  refuses(ip6Value, [['10.0.0.2', /expected an IPv6 address such as fd00::2/]]);
  survivesAnyText(addressValue, ['1', '.', ':', '::', 'f']);
});

describe('macValue', () => {
  reads(macValue, [
    ['02:42:AC:11:00:02', '02:42:ac:11:00:02'],
    ['02-42-ac-11-00-02', '02:42:ac:11:00:02'],
  ]);
  refuses(macValue, [
    ['', /six bytes such as 02:42:0a:00:00:02/],
    ['01:00:00:00:00:00', /address of one interface/],
    ['00:00:00:00:00:00', /address of one interface/],
  ]);
});
