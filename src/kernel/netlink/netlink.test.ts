import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { isValue, Struct } from '../call.ts';
import { RecordingKernel } from '../recording-kernel.ts';
import { decodeAddress } from './addresses.ts';
import { decodeLink } from './links.ts';
import { decodeMessages } from './message.ts';
import { Netlink } from './netlink.ts';
import { decodeRoute } from './routes.ts';

/** What `act` sends, in hexadecimal, without the sequence number. */
function sent(act: (net: Netlink) => void, index = 2): string[] {
  const kernel = new RecordingKernel({ answer: (call) => (call.name === 'load' ? index : undefined) });
  act(new Netlink(kernel));
  return kernel.calls.filter(({ name }) => name === 'sendto').map(({ args }) => hexOf(args[1]));
}

function hexOf(message: unknown): string {
  assert.ok(message instanceof Struct);
  const bytes = Buffer.from(message.bytes);
  for (const { at, value } of message.embedded) {
    assert.ok(isValue(value) && value.outcome);
    bytes.writeUInt32LE(value.outcome.value, at);
  }
  bytes.writeUInt32LE(0, 8);
  return bytes.toString('hex');
}

const hex = (text: string) => text.replaceAll(/\s/g, '');

/** What iproute2 6.1 sends for the command, with the sequence number cleared. */
const AS_IPROUTE2: readonly { command: string; act: (net: Netlink) => void; index?: number; bytes: string }[] = [
  {
    command: 'ip link add v0 mtu 1400 address … master br0 type veth peer name eth0 address …',
    act: (net) =>
      net.links.create({
        kind: 'veth',
        name: 'v0',
        mtu: 1400,
        mac: '02:42:00:00:00:05',
        master: 'br0',
        peer: { name: 'eth0', mac: '02:42:00:00:00:06' },
      }),
    bytes: `80000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000
      08000400 78050000 0a000100 02420000 00050000 08000a00 02000000 07000300
      76300000 3c001200 08000100 76657468 30000200 2c000100 00000000 00000000
      00000000 00000000 0a000100 02420000 00060000 09000300 65746830 00000000`,
  },
  {
    command: 'ip link add br1 type bridge stp_state 0 forward_delay 200 mcast_snooping 0',
    act: (net) =>
      net.links.create({ kind: 'bridge', name: 'br1', stp: false, forwardDelay: 2, multicastSnooping: false }),
    bytes: `54000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000
      08000300 62723100 2c001200 0a000100 62726964 67650000 1c000200 08000500
      00000000 08000100 c8000000 05001700 00000000`,
  },
  {
    command: 'ip link add m0 link v0 type macvlan mode bridge',
    act: (net) => net.links.create({ kind: 'macvlan', name: 'm0', parent: 'v0', mode: 'bridge' }),
    index: 4,
    bytes: `4c000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000
      08000500 04000000 07000300 6d300000 1c001200 0b000100 6d616376 6c616e00
      0c000200 08000100 04000000`,
  },
  {
    command: 'ip link add vl0 link v0 type vlan id 7',
    act: (net) => net.links.create({ kind: 'vlan', name: 'vl0', parent: 'v0', id: 7 }),
    index: 4,
    bytes: `48000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000
      08000500 04000000 08000300 766c3000 18001200 08000100 766c616e 0c000200
      06000100 07000000`,
  },
  {
    command: 'ip addr add 10.0.0.2/24 broadcast 10.0.0.255 dev v0',
    act: (net) => net.addresses.add('v0', '10.0.0.2/24'),
    index: 4,
    bytes: `30000000 14000506 00000000 00000000 02180000 04000000 08000200 0a000002
      08000400 0a0000ff 08000100 0a000002`,
  },
  {
    command: 'ip addr add fd00::2/64 dev v0 nodad',
    act: (net) => net.addresses.add('v0', 'fd00::2/64', { nodad: true }),
    index: 4,
    bytes: `40000000 14000506 00000000 00000000 0a400200 04000000 14000200 fd000000
      00000000 00000000 00000002 14000100 fd000000 00000000 00000000 00000002`,
  },
  {
    command: 'ip route add default via 10.1.0.9',
    act: (net) => net.routes.add({ to: 'default', via: '10.1.0.9' }),
    bytes: '24000000 18000506 00000000 00000000 02000000 fe030001 00000000 08000500 0a010009',
  },
  {
    command: 'ip link del v0',
    act: (net) => net.links.delete(4),
    bytes: '20000000 11000500 00000000 00000000 00000000 04000000 00000000 00000000',
  },
];

describe('a netlink request', () => {
  for (const { command, act, index, bytes } of AS_IPROUTE2) {
    test(`is what iproute2 sends: ${command}`, () => assert.deepEqual(sent(act, index), [hex(bytes)]));
  }

  test('that only changes a link names it, so that nothing is looked up', () => {
    const kernel = new RecordingKernel();
    const net = new Netlink(kernel);
    net.links.change('eth0', { up: true, mtu: 1400 });
    net.links.enableLoopback();
    net.links.delete('eth0');
    assert.deepEqual(
      kernel.calls.map(({ name }) => name),
      ['socket', 'setsockopt', ...Array(3).fill(['sendto', 'recvfrom', 'load']).flat()],
    );
  });

  test('puts a pid that is not known yet where it belongs', () => {
    const kernel = new RecordingKernel();
    const { pid } = kernel.clone(0);
    const net = new Netlink(kernel);
    net.links.create({ kind: 'veth', name: 'v0', peer: { name: 'eth0', netns: { pid } } });
    const message = kernel.calls.find(({ name }) => name === 'sendto')?.args[1];
    assert.ok(message instanceof Struct);
    assert.equal(message.embedded.length, 1);
    assert.equal(message.embedded[0]?.value, pid);
    // IFLA_NET_NS_PID, 8 bytes long, inside VETH_INFO_PEER.
    assert.equal(Buffer.from(message.bytes).readUInt32LE((message.embedded[0]?.at ?? 0) - 4), 0x0013_0008);
  });

  test('tells what it does where the calls are shown', () => {
    const kernel = new RecordingKernel();
    new Netlink(kernel).addresses.add('eth0', '10.0.0.2/24');
    const message = kernel.calls.find(({ name }) => name === 'sendto')?.args[1];
    assert.equal(message instanceof Struct && message.shown, '{give the address 10.0.0.2/24 to eth0}');
  });

  for (const name of ['', 'sixteen-letters!', 'a/b', 'a:b', 'a b', '.', '..']) {
    test(`is not made for a link named '${name}'`, () => {
      const net = new Netlink(new RecordingKernel());
      assert.throws(
        () => net.links.create({ kind: 'dummy', name }),
        (error) => isKeelsonError(error, 'invalid'),
      );
    });
  }
});

describe('what the kernel tells', () => {
  // From real answers of Linux 6.18; attributes that nobody reads are cut out.
  test('of a link', () => {
    const payload = hex(`00000100 02000000 43100100 00000000
      09000300 65746830 00000000 08000400 dc050000 08000500 03000000 08000a00 07000000
      0a000100 02420a00 00020000 0c001200 08000100 76657468`);
    assert.deepEqual(decodeLink(Buffer.from(payload, 'hex')), {
      index: 2,
      name: 'eth0',
      kind: 'veth',
      flags: 0x11043,
      up: true,
      mtu: 1500,
      mac: '02:42:0a:00:00:02',
      master: 7,
      parent: 3,
    });
  });

  test('of an address, with the flags that need more than eight bits', () => {
    const payload = hex('02188000 02000000 08000100 0a000002 08000200 0a000002 08000800 80020000');
    assert.deepEqual(decodeAddress(Buffer.from(payload, 'hex')), {
      link: 2,
      address: '10.0.0.2',
      prefixLength: 24,
      flags: 0x280,
      scope: 0,
    });
  });

  test('of a route', () => {
    const payload = hex('02000000 fe030001 00000000 08000f00 fe000000 08000500 0a000001 08000400 02000000');
    assert.deepEqual(decodeRoute(Buffer.from(payload, 'hex')), {
      family: 4,
      to: 'default',
      via: '10.0.0.1',
      link: 2,
      source: undefined,
      metric: undefined,
      table: 254,
      type: 1,
      protocol: 3,
    });
  });

  test('in several messages of one read', () => {
    const one = hex('14000000 10000200 01000000 00000000 aabbccdd');
    const messages = decodeMessages(Buffer.from(one + one, 'hex'));
    assert.equal(messages.length, 2);
    assert.deepEqual(messages[1], { type: 16, flags: 2, sequence: 1, payload: Buffer.from('aabbccdd', 'hex') });
  });
});
