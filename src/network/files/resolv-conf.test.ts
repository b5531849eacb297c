import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildResolvConf, nameServersOf } from './resolv-conf.ts';

describe("a container's resolv.conf", () => {
  const host =
    '# made by hand\nnameserver 192.0.2.53\nnameserver 127.0.0.53 # stub\nsearch a.example b.example\noptions ndots:2 edns0\n';

  test("is the host's without what only the host can reach", () => {
    assert.equal(
      buildResolvConf({ host }),
      'nameserver 192.0.2.53\nsearch a.example b.example\noptions ndots:2 edns0\n',
    );
  });

  test('takes what systemd-resolved asks itself when the host has its stub alone', () => {
    const systemd = 'nameserver 198.51.100.1\nsearch never.example\n';
    assert.equal(
      buildResolvConf({ host: 'nameserver 127.0.0.53\nsearch lan\n', systemd }),
      'nameserver 198.51.100.1\nsearch lan\n',
    );
  });

  test('asks public servers when there is no other, as Docker does', () => {
    for (const text of [
      undefined,
      '',
      'nameserver ::1\nnameserver 127.0.0.1\n',
      'nameserver fe80::1%eth0\n',
      'rubbish',
    ]) {
      assert.equal(buildResolvConf({ host: text }), 'nameserver 8.8.8.8\nnameserver 8.8.4.4\n');
    }
  });

  test('has IPv6 servers where the container has IPv6', () => {
    const six = 'nameserver 2001:db8::53\nnameserver 192.0.2.53\nnameserver fe80::1\n';
    assert.equal(buildResolvConf({ host: six }), 'nameserver 192.0.2.53\n');
    assert.equal(buildResolvConf({ host: six, six: true }), 'nameserver 2001:db8::53\nnameserver 192.0.2.53\n');
  });

  test('has what was asked for in the place of each of the three', () => {
    assert.equal(
      buildResolvConf({ host, dns: ['1.1.1.1', '127.0.0.1'] }),
      'nameserver 1.1.1.1\nnameserver 127.0.0.1\nsearch a.example b.example\noptions ndots:2 edns0\n',
    );
    assert.equal(
      buildResolvConf({ host, search: ['c.example'] }),
      'nameserver 192.0.2.53\nsearch c.example\noptions ndots:2 edns0\n',
    );
    assert.equal(
      buildResolvConf({ host, search: ['.'], options: ['rotate'] }),
      'nameserver 192.0.2.53\noptions rotate\n',
    );
  });

  test('follows resolv.conf(5): the last search line counts, and all options', () => {
    assert.equal(
      buildResolvConf({ host: 'domain x\nsearch y z\noptions a\noptions b\nnameserver\t192.0.2.1  ; who\n' }),
      'nameserver 192.0.2.1\nsearch y z\noptions a b\n',
    );
    assert.deepEqual(nameServersOf(host), ['192.0.2.53', '127.0.0.53']);
  });
});
