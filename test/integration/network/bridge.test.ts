import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Child, Kernel, TracedCall } from '../../../src/kernel/index.ts';
import { Netlink } from '../../../src/kernel/index.ts';
import type { BridgeConfig } from '../../../src/network/index.ts';
import { attachBridge, chooseBridge, prepareBridge, releaseNetwork } from '../../../src/network/index.ts';
import type { PortConfig } from '../../../src/spec/index.ts';
import type { NetworkHost } from './network-host.ts';
import { hostState, openNetworkHost } from './network-host.ts';

const BRIDGE: BridgeConfig = { name: 'keelson0', subnet4: '10.208.0.0/20', subnet6: 'fd6b:6565:6c73:6f00::/64' };
const id = (n: number) => n.toString(16).padStart(12, 'c').padEnd(64, '0');

interface Connected {
  containerId: string;
  address4: string;
  address6: string;
  box: Child;
  kernel: Kernel;
  ports: PortConfig[];
}

/** Connects a box as the runtime connects a container. */
async function connect(host: NetworkHost, n: number, ports: PortConfig[] = []): Promise<Connected> {
  const [containerId, address4, address6] = [id(n), `10.208.0.${n}`, `fd6b:6565:6c73:6f00::${n.toString(16)}`];
  const network = attachBridge({ containerId, bridge: BRIDGE, address4, address6, ports });
  await network.prepare(host.kernel);
  const box = host.newBox();
  network.onHost(host.kernel, box.pid);
  await host.kernel.flush();
  network.inContainer(box.kernel);
  await box.kernel.flush();
  return { containerId, address4, address6, box, kernel: box.kernel, ports: await network.publishedPorts() };
}

const ping = (host: NetworkHost, from: Kernel, to: string) => host.runIn(from, 'busybox', 'ping', '-c1', '-W2', to);

const port = (hostPort: number, containerPort: number, more: Partial<PortConfig> = {}): PortConfig => ({
  hostIp: '',
  hostPort,
  containerPort,
  protocol: 'tcp',
  ...more,
});

describe('a bridge', () => {
  test('is prepared once; afterwards it is only looked at', async () => {
    const calls: TracedCall[] = [];
    await using host = await openNetworkHost(10, (call) => calls.push(call));
    await prepareBridge(host.kernel, BRIDGE);
    const rules = await host.run('nft', 'list', 'ruleset');
    const links = await host.run('ip', 'address');
    calls.length = 0;
    await prepareBridge(host.kernel, BRIDGE);
    const names = new Set(calls.map(({ call }) => call.name));
    assert.deepEqual([...names].toSorted(), ['close', 'openat', 'read', 'recvfrom', 'sendto', 'setsockopt', 'socket']);
    assert.equal(await host.run('nft', 'list', 'ruleset'), rules);
    assert.equal(await host.run('ip', 'address'), links);
  });

  test('has the first addresses, forwards, and accepts no router of a container', async () => {
    await using host = await openNetworkHost(10);
    await prepareBridge(host.kernel, { ...BRIDGE, mtu: 1400 });
    const [link] = JSON.parse(await host.run('ip', '-j', 'address', 'show', 'dev', 'keelson0'));
    assert.deepEqual(
      link.addr_info
        .filter((a: { scope: string }) => a.scope === 'global')
        .map((a: { local: string; prefixlen: number }) => `${a.local}/${a.prefixlen}`),
      ['10.208.0.1/20', 'fd6b:6565:6c73:6f00::1/64'],
    );
    assert.equal(link.mtu, 1400);
    assert.equal(link.address, '02:42:0a:d0:00:01');
    const sysctls = [
      'ipv4/ip_forward',
      'ipv6/conf/all/forwarding',
      'ipv6/conf/keelson0/accept_ra',
      'ipv4/conf/keelson0/route_localnet',
    ];
    const values = await host.run('cat', ...sysctls.map((name) => `/proc/sys/net/${name}`));
    assert.equal(values, '1\n1\n0\n1\n');
  });

  test('does not make the host forget the routers it listens to', async () => {
    await using host = await openNetworkHost(12);
    await host.run('ip', 'link', 'add', 'wan', 'type', 'veth', 'peer', 'name', 'isp');
    await prepareBridge(host.kernel, BRIDGE);
    assert.equal(await host.run('cat', '/proc/sys/net/ipv6/conf/wan/accept_ra'), '2\n');
  });

  for (const [what, command] of [
    ['its rules', 'nft flush ruleset'],
    ['its address', 'ip address delete 10.208.0.1/20 dev keelson0'],
    ['it', 'ip link delete keelson0'],
    ['forwarding', 'sysctl -qw net.ipv4.ip_forward=0'],
    ['its carrier', 'ip link set keelson0 down'],
  ] as const) {
    test(`is put back when somebody takes ${what} away`, async () => {
      await using host = await openNetworkHost(16);
      await prepareBridge(host.kernel, BRIDGE);
      await host.run('sh', '-c', command);
      const a = await connect(host, 2);
      assert.match(await ping(host, a.kernel, '10.208.0.1'), /1 packets received/);
    });
  }

  test('leaves the tables of others alone', async () => {
    await using host = await openNetworkHost(12);
    const theirs =
      'table inet theirs {\n\tchain c {\n\t\ttype filter hook input priority filter; policy accept;\n\t\ttcp dport 1 drop\n\t}\n}\n';
    await host.run('nft', theirs);
    const a = await connect(host, 2, [port(8080, 80)]);
    await releaseNetwork(host.kernel, a.containerId);
    assert.equal(await host.run('nft', 'list', 'table', 'inet', 'theirs'), theirs);
  });

  test('of the name of something else is refused', async () => {
    await using host = await openNetworkHost(4);
    new Netlink(host.kernel).links.create({ kind: 'veth', name: 'keelson0', peer: { name: 'x' } });
    await assert.rejects(prepareBridge(host.kernel, BRIDGE), { kind: 'conflict', code: 'NOT_A_BRIDGE' });
  });

  test('without nft says what to install', async () => {
    await using host = await openNetworkHost(4);
    const statx = host.kernel.statx.bind(host.kernel);
    host.kernel.statx = (dir, path, flags, options) => statx(dir, `/nowhere${String(path)}`, flags, options);
    await assert.rejects(prepareBridge(host.kernel, BRIDGE), (error: Error & { hint?: string }) => {
      assert.match(error.hint ?? '', /apt-get install nftables/);
      return true;
    });
  });
});

describe('the networks of a bridge', () => {
  test('avoid what the host reaches, and the name servers', async () => {
    await using host = await openNetworkHost(8);
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'lan', up: true, mtu: 1380 });
    net.addresses.add('lan', '10.208.3.1/20');
    net.addresses.add('lan', 'fd6b:6565:6c73:6f00::1/64', { nodad: true });
    net.routes.add({ to: '10.208.32.0/20', via: '10.208.3.9' });
    net.routes.add({ to: 'default', via: '10.208.3.9' });
    assert.deepEqual(await chooseBridge(host.kernel, 'keelson0', ['10.208.16.9']), {
      name: 'keelson0',
      subnet4: '10.208.48.0/20',
      subnet6: 'fd6b:6565:6c73:6f01::/64',
      mtu: 1380,
    });
  });

  test('are those that it already has', async () => {
    await using host = await openNetworkHost(8);
    const config = { ...BRIDGE, subnet4: '10.99.16.0/22' };
    await prepareBridge(host.kernel, config);
    assert.deepEqual(await chooseBridge(host.kernel, 'keelson0'), { ...config, mtu: 1500 });
  });
});

describe('containers on a bridge', () => {
  let host: NetworkHost;
  let a: Connected;
  let b: Connected;
  let world: Kernel;

  before(async () => {
    host = await openNetworkHost(120);
    a = await connect(host, 2, [
      port(8080, 80),
      port(5353, 80, { protocol: 'udp' }),
      port(8081, 80, { hostIp: '127.0.0.1' }),
      port(0, 80),
    ]);
    const neighbour = host.newBox();
    world = neighbour.kernel;
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'veth', name: 'wan', up: true, peer: { name: 'eth0', netns: { pid: neighbour.pid } } });
    net.addresses.add('wan', '192.0.2.1/24');
    net.addresses.add('wan', '2001:db8::1/64', { nodad: true });
    await host.kernel.flush();
    b = await connect(host, 3, [port(9000, 80, { hostIp: '192.0.2.1' }), port(9000, 80, { hostIp: '2001:db8::1' })]);
    const outside = new Netlink(world);
    outside.links.enableLoopback();
    outside.links.change('eth0', { up: true });
    outside.addresses.add('eth0', '192.0.2.9/24');
    outside.addresses.add('eth0', '2001:db8::9/64', { nodad: true });
    // A neighbour that knows the way: nothing but the firewall stands between it and the containers.
    outside.routes.add({ to: BRIDGE.subnet4, via: '192.0.2.1' });
    outside.routes.add({ to: BRIDGE.subnet6 ?? '', via: '2001:db8::1' });
    await world.flush();
    await host.serveIn(a.kernel, 80, 81);
    await host.serveIn(b.kernel, 80);
    await host.serveIn(world, 7);
    await host.serveIn(host.kernel, 2222);
  });
  after(() => host[Symbol.asyncDispose]());

  test('reach each other, the host and the world', async () => {
    for (const to of [b.address4, b.address6, '10.208.0.1', 'fd6b:6565:6c73:6f00::1', '192.0.2.9', '2001:db8::9']) {
      assert.match(await ping(host, a.kernel, to), /1 packets received/, to);
    }
    assert.equal(await host.askFrom(a.kernel, 'tcp', b.address4, 80), `from ${a.address4}`);
    assert.equal(await host.askFrom(a.kernel, 'udp', b.address6, 80), `from ${a.address6}`);
    assert.equal(await host.askFrom(a.kernel, 'tcp', '10.208.0.1', 2222), `from ${a.address4}`);
  });

  test('are seen by the world as the host', async () => {
    assert.equal(await host.askFrom(a.kernel, 'tcp', '192.0.2.9', 7), 'from 192.0.2.1');
    assert.equal(await host.askFrom(a.kernel, 'udp', '192.0.2.9', 7), 'from 192.0.2.1');
    assert.equal(await host.askFrom(a.kernel, 'tcp', '2001:db8::9', 7), 'from 2001:db8::1');
  });

  test('cannot be reached from outside where nothing is published', async () => {
    for (const to of [a.address4, a.address6]) {
      assert.ok(await host.isSilent(world, 'tcp', to, 80), to);
      assert.ok(await host.isSilent(world, 'udp', to, 80), to);
      await assert.rejects(ping(host, world, to), to);
    }
    assert.equal(await host.askFrom(world, 'tcp', '192.0.2.1', 81), 'refused');
  });

  test('are reached through published ports, with the asker in sight', async () => {
    for (const [to, me] of [
      ['192.0.2.1', '192.0.2.9'],
      ['2001:db8::1', '2001:db8::9'],
    ] as const) {
      assert.equal(await host.askFrom(world, 'tcp', to, 8080), `from ${me}`);
      assert.equal(await host.askFrom(world, 'udp', to, 5353), `from ${me}`);
      assert.equal(await host.askFrom(world, 'tcp', to, 9000), `from ${me}`);
      assert.equal(await host.askFrom(world, 'udp', to, 8080), 'refused', 'the other protocol');
    }
  });

  test('are reached by the host itself, at each of its addresses', async () => {
    for (const to of ['127.0.0.1', '127.3.2.1', '192.0.2.1', '10.208.0.1', '2001:db8::1', 'fd6b:6565:6c73:6f00::1']) {
      assert.match(await host.askFrom(host.kernel, 'tcp', to, 8080), /^from /, to);
      assert.match(await host.askFrom(host.kernel, 'udp', to, 5353), /^from /, to);
    }
    assert.equal(await host.askFrom(host.kernel, 'tcp', '192.0.2.1', 9000), 'from 192.0.2.1');
  });

  test('are not reached at ::1, which says so at once', async () => {
    assert.equal(await host.askFrom(host.kernel, 'tcp', '::1', 8080), 'refused');
  });

  test('reach published ports through the host, their own too, with and without br_netfilter', async () => {
    for (const bridged of [1, 0]) {
      const names = ['iptables', 'ip6tables'].map((name) => `net.bridge.bridge-nf-call-${name}=${bridged}`);
      await host.run('sysctl', '-e', '-qw', ...names);
      for (const to of ['192.0.2.1', '10.208.0.1', '2001:db8::1']) {
        const gateway = to.includes(':') ? 'fd6b:6565:6c73:6f00::1' : '10.208.0.1';
        for (const { kernel } of [a, b]) {
          assert.equal(
            await host.askFrom(kernel, 'tcp', to, 8080),
            `from ${gateway}`,
            `${to}, br_netfilter ${bridged}`,
          );
        }
      }
    }
  });

  test('published at one address are reached at no other', async () => {
    assert.match(await host.askFrom(host.kernel, 'tcp', '127.0.0.1', 8081), /^from /);
    assert.equal(await host.askFrom(world, 'tcp', '192.0.2.1', 8081), 'refused');
    assert.equal(await host.askFrom(host.kernel, 'tcp', '10.208.0.1', 9000), 'refused');
  });

  test('get a free port of the host when they ask for any, the same for both families', async () => {
    const [, , , chosen] = a.ports;
    assert.ok(chosen && chosen.hostPort >= 1024, JSON.stringify(chosen));
    assert.deepEqual(chosen, port(chosen.hostPort, 80));
    assert.equal(await host.askFrom(world, 'tcp', '192.0.2.1', chosen.hostPort), 'from 192.0.2.9');
    assert.equal(await host.askFrom(world, 'tcp', '2001:db8::1', chosen.hostPort), 'from 2001:db8::9');
  });

  // CVE-2020-8558: route_localnet lets a neighbour send to 127.0.0.1.
  test("do not reach what listens on the host's own 127.0.0.1", async () => {
    await host.runIn(a.kernel, 'ip', 'route', 'add', '127.9.0.0/16', 'via', '10.208.0.1');
    await host.runIn(a.kernel, 'ip', 'route', 'delete', 'local', '127.0.0.0/8', 'dev', 'lo', 'table', 'local');
    await host.runIn(a.kernel, 'ip', 'address', 'delete', '127.0.0.1/8', 'dev', 'lo');
    await host.runIn(a.kernel, 'sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1');
    assert.ok(await host.isSilent(a.kernel, 'tcp', '127.9.0.1', 2222));
    assert.match(await host.run('nft', 'list', 'chain', 'inet', 'keelson', 'raw'), /127\.0\.0\.0\/8 drop/);
  });
});

test('the first packet of a container is not lost', async () => {
  await using host = await openNetworkHost(90);
  for (let n = 2; n < 22; n++) {
    const { kernel } = await connect(host, n);
    const answer = await ping(host, kernel, n % 2 ? '10.208.0.1' : 'fd6b:6565:6c73:6f00::1');
    // A lost one is asked for again after a second; how long the program takes to start does not count.
    assert.ok(Number(/time=([\d.]+) ms/.exec(answer)?.[1]) < 900, `container ${n}: ${answer}`);
  }
});

const hostInterfaceOf = (n: number) => `ks-${id(n).slice(0, 12)}`;

test('nothing of all this touched the real host', () => {
  // Its own keelson0 may be there; the containers of these tests are not.
  assert.ok(!hostState().includes(hostInterfaceOf(2)));
});
