import { describe } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { exposeValue, publishValue } from './publish.ts';

describe('publishValue', () => {
  const port = { hostIp: '', hostPort: 0, containerPort: 80, protocol: 'tcp' as const };
  reads(publishValue, [
    ['80', [port]],
    [':80', [port]],
    ['8080:80', [{ ...port, hostPort: 8080 }]],
    ['127.0.0.1:8080:80/udp', [{ hostIp: '127.0.0.1', hostPort: 8080, containerPort: 80, protocol: 'udp' }]],
    ['127.0.0.1::80', [{ ...port, hostIp: '127.0.0.1' }]],
    ['[::1]:8080:80/TCP', [{ ...port, hostIp: '::1', hostPort: 8080 }]],
    [
      '8000-8001:80-81',
      [
        { ...port, hostPort: 8000 },
        { ...port, hostPort: 8001, containerPort: 81 },
      ],
    ],
    ['80-81', [port, { ...port, containerPort: 81 }]],
    ['target=80,published=8080,protocol=udp', [{ ...port, hostPort: 8080, protocol: 'udp' }]],
    ['target=80', [port]],
  ]);
  refuses(publishValue, [
    ['', /expected \[IP:\]\[HOST_PORT:\]PORT\[\/tcp\|\/udp\]/],
    ['a', /expected \[IP:\]/],
    ['0', /expected ports from 1 to 65535, not '0'/],
    ['65536', /from 1 to 65535/],
    ['70000:80', /from 0 to 65535, not '70000'/],
    ['81-80', /expected ports/],
    ['8000-8002:80-81', /equally long/],
    ['8000-8001:80', /equally long/],
    ['80/sctp', /expected tcp or udp after the slash, not 'sctp'/],
    ['localhost:80:80', /expected an IP address of the host before the ports, not 'localhost'/],
    ['1.2.3:80:80', /expected an IP address/],
    ['[::1:80:80', /expected \[IP:\]/],
    ['::1:80:80', /expected \[IP:\]/],
    ['published=80', /expected target=PORT/],
    ['target=80,bogus=1', /target=PORT,published=HOST_PORT/],
    ['target=target=1', /expected target=PORT/],
  ]);
  survivesAnyText(publishValue, ['80', ':', '-', '/', 'tcp', '127.0.0.1', '[::1]', 'target=', ',']);
});

describe('exposeValue', () => {
  reads(exposeValue, [
    ['80', ['80/tcp']],
    ['8000-8002/udp', ['8000/udp', '8001/udp', '8002/udp']],
  ]);
  refuses(exposeValue, [
    ['', /expected PORT/],
    ['80:80', /expected PORT/],
    ['0', /from 1/],
    ['80/x', /tcp or udp/],
  ]);
});
