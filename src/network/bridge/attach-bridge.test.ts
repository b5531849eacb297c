import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { RecordingKernel, Struct } from '../../kernel/index.ts';
import { containerMac } from '../addresses/container-mac.ts';
import { attachBridge } from './attach-bridge.ts';
import { hostInterfaceName } from './host-interface-name.ts';

const containerId = '0123456789abcdef'.repeat(4);
const bridge = { name: 'keelson0', subnet4: '10.208.0.0/20', subnet6: 'fd00::/64' };

const requests = (kernel: RecordingKernel) =>
  kernel.calls
    .filter(({ name }) => name === 'sendto')
    .map(({ args: [, message] }) => (message instanceof Struct ? String(message.shown) : ''));

describe('a container on a bridge', () => {
  test('without published ports asks one thing of the host', () => {
    const kernel = new RecordingKernel();
    attachBridge({ containerId, bridge, address4: '10.208.0.2' }).onHost(kernel, 42);
    assert.deepEqual(requests(kernel), ['{create the veth link ks-0123456789ab}']);
  });

  test('has its addresses and the way out, and only those that it was given', () => {
    const inside = (address6?: string) => {
      const kernel = new RecordingKernel();
      attachBridge({ containerId, bridge, address4: '10.208.0.2', address6 }).inContainer(kernel);
      return requests(kernel);
    };
    const four = [
      '{change the link lo (up)}',
      '{change the link eth0 (up)}',
      '{give the address 10.208.0.2/20 to eth0}',
      '{add the route default via 10.208.0.1}',
    ];
    assert.deepEqual(inside(), four);
    assert.deepEqual(inside('fd00::2'), [
      ...four,
      '{give the address fd00::2/64 to eth0}',
      '{add the route default via fd00::1}',
    ]);
  });

  test('tells what each call is for', () => {
    const kernel = new RecordingKernel();
    attachBridge({ containerId, bridge, address4: '10.208.0.2' }).inContainer(kernel);
    const steps = new Set(kernel.calls.map(({ step }) => `${step?.heading}: ${step?.title}`));
    assert.deepEqual([...steps], ['Network: bring up lo and eth0', 'Network: give eth0 its addresses and the way out']);
  });

  test('has a MAC address of its own, or the one it wants', () => {
    assert.equal(containerMac('10.208.1.2'), '02:42:0a:d0:01:02');
    for (const mac of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', 'nonsense']) {
      assert.throws(
        () => attachBridge({ containerId, bridge, address4: '10.208.0.2', mac }),
        (error) => isKeelsonError(error, 'invalid'),
      );
    }
  });

  test('is known on the host by a name of its id, as long as names may be', () => {
    assert.equal(hostInterfaceName(containerId), 'ks-0123456789ab');
    assert.equal(hostInterfaceName(containerId).length, 15);
  });
});
