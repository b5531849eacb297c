import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkConfig } from '../spec/index.ts';
import { newContainer } from '../spec/index.ts';
import { withPorts } from './with-ports.ts';

const IMAGE = { ExposedPorts: { '80/tcp': {}, '90-91/udp': {}, 7: {}, nonsense: {}, 99999: {} } };

function portsOf(changes: Partial<NetworkConfig>): string[] {
  const plain = newContainer({ image: 'a' });
  const { network } = withPorts({ ...plain, network: { ...plain.network, ...changes } }, IMAGE);
  return network.ports
    .map(({ hostPort, containerPort, protocol }) => `${hostPort}:${containerPort}/${protocol}`)
    .sort();
}

test('ports of the image and those that are named, each once', () => {
  const published = { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' } as const;
  const exposed = ['80/tcp', '80/udp', '7/tcp'];
  assert.deepEqual(portsOf({ publishExposed: true, exposed, ports: [published] }), [
    '0:7/tcp',
    '0:80/udp',
    '0:90/udp',
    '0:91/udp',
    '8080:80/tcp',
  ]);
});

test('sctp is refused, unless nothing of it is to be published', () => {
  const exposed = ['5/sctp'];
  assert.throws(() => portsOf({ publishExposed: true, exposed }), { kind: 'unsupported', code: 'PORT_PROTOCOL' });
  assert.deepEqual(portsOf({ publishExposed: true, exposed, mode: 'host' }), []);
  assert.deepEqual(portsOf({ exposed }), []);
});

test('nothing where it is not asked for, or where there is no bridge', () => {
  assert.deepEqual(portsOf({}), []);
  assert.deepEqual(portsOf({ publishExposed: true, mode: 'host' }), []);
  assert.deepEqual(portsOf({ publishExposed: true, mode: 'none' }), []);
});
