import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { buildHostsFile } from './hosts-file.ts';

const STANDARD = `127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::	ip6-localnet
ff00::	ip6-mcastprefix
ff02::1	ip6-allnodes
ff02::2	ip6-allrouters
`;

describe("a container's hosts file", () => {
  test('has the lines that Docker writes, and its own addresses', () => {
    const addresses = ['10.208.0.2', 'fd00::2'];
    assert.equal(buildHostsFile({ hostname: 'box', addresses }), `${STANDARD}10.208.0.2\tbox\nfd00::2\tbox\n`);
    assert.equal(
      buildHostsFile({ hostname: 'box', domainname: 'example.org', addresses: ['10.208.0.2'] }),
      `${STANDARD}10.208.0.2\tbox.example.org box\n`,
    );
  });

  test('has further hosts before its own addresses', () => {
    const extraHosts = [
      'db:192.0.2.5',
      'six:[2001:db8::1]',
      'bare:2001:db8::2',
      'eq=192.0.2.6',
      'host.docker.internal:host-gateway',
    ];
    assert.equal(
      buildHostsFile({ hostname: 'box', addresses: ['10.208.0.2'], extraHosts, hostGateway: '10.208.0.1' }),
      `${STANDARD}192.0.2.5\tdb\n2001:db8::1\tsix\n2001:db8::2\tbare\n192.0.2.6\teq\n10.208.0.1\thost.docker.internal\n10.208.0.2\tbox\n`,
    );
  });

  for (const entry of [
    '',
    'db',
    'db:',
    ':192.0.2.1',
    'db:nonsense',
    'a b:192.0.2.1',
    'db:192.0.2.1\nevil 1.2.3.4',
    'x\ny:192.0.2.1',
  ]) {
    test(`refuses ${JSON.stringify(entry)}`, () => {
      assert.throws(
        () => buildHostsFile({ hostname: 'box', addresses: [], extraHosts: [entry] }),
        (error) => isKeelsonError(error, 'invalid'),
      );
    });
  }
});
