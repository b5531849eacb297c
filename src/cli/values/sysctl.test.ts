import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { sysctlValue } from './sysctl.ts';

describe('sysctlValue', () => {
  reads(sysctlValue, [
    ['net.ipv4.ip_forward=1', ['net.ipv4.ip_forward', '1']],
    ['kernel.sem=1 2 3 4', ['kernel.sem', '1 2 3 4']],
    ['fs.mqueue.msg_max=20', ['fs.mqueue.msg_max', '20']],
    ['net.ipv4.conf.eth0/100.rp_filter=', ['net.ipv4.conf.eth0/100.rp_filter', '']],
  ]);
  refuses(sysctlValue, [
    ['net.ipv4.ip_forward', /expected NAME=VALUE such as net.ipv4.ip_forward=1/],
    ['', /expected NAME=VALUE/],
    ['vm.swappiness=1', /vm.swappiness is a setting of the whole host/],
    ['kernel.shmmaxx=1', /whole host/],
    ['net/../kernel/core_pattern=x', /expected NAME=VALUE/],
    ['net...kernel=x', /expected NAME=VALUE/],
  ]);
  survivesAnyText(sysctlValue, ['net', 'kernel', '.', '/', '=', '..']);
});
