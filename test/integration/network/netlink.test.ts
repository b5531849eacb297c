import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AF_INET,
  AT_FDCWD,
  CLONE_NEWNET,
  Netlink,
  NetlinkError,
  O_RDONLY,
  RT_TABLE_MAIN,
  SOCK_STREAM,
} from '../../../src/kernel/index.ts';
import type { NetworkHost } from './network-host.ts';
import { openNetworkHost } from './network-host.ts';

interface IpLink {
  ifindex: number;
  ifname: string;
  mtu: number;
  address: string;
  flags: string[];
  master?: string;
  linkinfo?: { info_kind?: string; info_data?: Record<string, unknown> };
  addr_info?: { local: string; prefixlen: number; broadcast?: string; tentative?: boolean; nodad?: boolean }[];
}

interface IpRoute {
  dst: string;
  gateway?: string;
  dev?: string;
  metric?: number;
  prefsrc?: string;
}

const links = async (host: NetworkHost, ...args: string[]): Promise<IpLink[]> =>
  JSON.parse(await host.run('ip', '-j', '-d', 'address', 'show', ...args));

describe('links', () => {
  test('of every kind that this kernel has are as iproute2 makes them', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    const kinds = [
      {
        spec: { kind: 'bridge', stp: false, forwardDelay: 3, vlanFiltering: true },
        ip: 'bridge stp_state 0 forward_delay 300 vlan_filtering 1',
      },
      { spec: { kind: 'veth', peer: { name: 'peer' } }, ip: 'veth peer name peer' },
      { spec: { kind: 'dummy' }, ip: 'dummy' },
      { spec: { kind: 'macvlan', parent: 'base', mode: 'private' }, ip: 'macvlan mode private', link: 'base' },
      {
        spec: { kind: 'vlan', parent: 'base', id: 42, protocol: '802.1ad' },
        ip: 'vlan protocol 802.1ad id 42',
        link: 'base',
      },
    ] as const;
    await host.run('ip', 'link', 'add', 'base', 'type', 'veth', 'peer', 'name', 'base2');
    for (const { spec, ip, ...rest } of kinds) {
      const under = 'link' in rest ? ['link', rest.link] : [];
      const theirs = await host.run('ip', 'link', 'add', ...under, 'x0', 'type', ...ip.split(' ')).then(
        () => links(host, 'dev', 'x0'),
        () => undefined,
      );
      if (theirs) await host.run('ip', 'link', 'delete', 'x0');
      net.links.create({ ...spec, name: 'x0' });
      if (!theirs) {
        await assert.rejects(
          host.kernel.flush(),
          (error) => error instanceof NetlinkError && error.kind === 'unsupported',
        );
        continue;
      }
      const ours = await links(host, 'dev', 'x0');
      const described = ([link]: IpLink[]) => ({ ...link?.linkinfo?.info_data, kind: link?.linkinfo?.info_kind });
      // What differs from one link to the next, whoever makes it.
      const shape = (all: IpLink[]) =>
        JSON.stringify(described(all)).replaceAll(/"(bridge_id|root_id|\w*timer)":("[^"]*"|[\d.]+)/g, '"$1":0');
      assert.equal(shape(ours), shape(theirs));
      net.links.delete('x0');
      await host.kernel.flush();
    }
  });

  test('are set, renamed, enslaved, brought up and deleted', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'br0', up: true, mac: '02:42:00:00:00:01' });
    net.links.create({ kind: 'veth', name: 'a', up: true, mtu: 1400, master: 'br0', peer: { name: 'b' } });
    net.links.rename('b', 'c');
    net.links.change('c', { mac: '02:00:00:00:00:09', mtu: 1300, up: true });
    const [, bridge, c, a] = (await links(host)).toSorted((x, y) => x.ifindex - y.ifindex);
    assert.equal(bridge?.address, '02:42:00:00:00:01');
    assert.deepEqual([a?.ifname, a?.mtu, a?.master, a?.flags.includes('UP')], ['a', 1400, 'br0', true]);
    assert.deepEqual([c?.ifname, c?.mtu, c?.address, c?.flags.includes('UP')], ['c', 1300, '02:00:00:00:00:09', true]);
    net.links.change('a', { up: false, master: 0 });
    const [after] = await links(host, 'dev', 'a');
    assert.deepEqual([after?.master, after?.flags.includes('UP')], [undefined, false]);
    net.links.delete('a');
    await host.kernel.flush();
    assert.deepEqual(
      (await net.links.list()).map(({ name }) => name),
      ['lo', 'br0'],
    );
  });

  test('are listed as iproute2 lists them, also many', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    for (let i = 0; i < 60; i++) net.links.create({ kind: 'veth', name: `left${i}`, peer: { name: `right${i}` } });
    await host.kernel.flush();
    const ours = await net.links.list();
    const theirs = await links(host);
    assert.equal(ours.length, 121);
    assert.deepEqual(
      ours.map(({ index, name, kind, up, mtu, mac }) => ({ index, name, kind, up, mtu, mac })),
      theirs.map((t) => ({
        index: t.ifindex,
        name: t.ifname,
        kind: t.linkinfo?.info_kind,
        up: t.flags.includes('UP'),
        mtu: t.mtu,
        mac: t.address,
      })),
    );
  });

  test('are listed whole by several at once, and while they change', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    const make = (i: number) => net.links.create({ kind: 'veth', name: `left${i}`, peer: { name: `right${i}` } });
    for (let i = 0; i < 60; i++) make(i);
    const lists = [net.links.list(), net.addresses.list(), net.links.list()] as const;
    const found = net.links.find('left59');
    for (let i = 60; i < 65; i++) make(i);
    const [first, addresses, second] = await Promise.all(lists);
    assert.ok(first.length >= 121 && second.length >= 121, `${first.length} ${second.length}`);
    assert.equal(addresses.length, 2);
    assert.equal((await found)?.name, 'left59');
    assert.equal((await net.links.list()).length, 131);
  });

  test('are found by name, or not', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    assert.equal((await net.links.find('lo'))?.index, 1);
    assert.equal(await net.links.find('nobody'), undefined);
  });

  test('go to a process that is born in the same batch, and to a descriptor', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    const first = host.newBox();
    net.links.create({ kind: 'veth', name: 'one', peer: { name: 'eth0', netns: { pid: first.pid } } });
    const second = host.newBox();
    const fd = host.kernel.openat(AT_FDCWD, `/proc/${await second.pid}/ns/net`, O_RDONLY);
    net.links.create({ kind: 'veth', name: 'two', peer: { name: 'far' } });
    net.links.change('far', { netns: { fd } });
    await host.kernel.flush();
    const inside = new Netlink(second.kernel);
    inside.links.rename('far', 'eth0');
    await second.kernel.flush();
    for (const box of [first, second]) {
      const names = (await new Netlink(box.kernel).links.list()).map(({ name }) => name);
      assert.deepEqual(names, ['lo', 'eth0']);
    }
    assert.deepEqual((await net.links.list()).map(({ name }) => name).toSorted(), ['lo', 'one', 'two']);
  });
});

describe('addresses and routes', () => {
  test('of both families are set as iproute2 shows them', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'br0', up: true });
    net.addresses.add('br0', '10.9.0.1/24');
    net.addresses.add('br0', 'fd09::1/64', { nodad: true });
    net.routes.add({ to: 'default', via: '10.9.0.254' });
    net.routes.add({ to: 'default', via: 'fd09::ff' });
    net.routes.add({ to: '192.168.7.0/24', link: 'br0', metric: 7, source: '10.9.0.1' });
    net.routes.add({ to: '172.16.0.0/12', via: '10.9.0.253', table: 1234 });
    const [bridge] = await links(host, 'dev', 'br0');
    const found = bridge?.addr_info?.map(({ local, prefixlen, broadcast, tentative }) => ({
      local,
      prefixlen,
      broadcast,
      tentative,
    }));
    assert.deepEqual(found?.slice(0, 2), [
      { local: '10.9.0.1', prefixlen: 24, broadcast: '10.9.0.255', tentative: undefined },
      { local: 'fd09::1', prefixlen: 64, broadcast: undefined, tentative: undefined },
    ]);
    const routes: IpRoute[] = JSON.parse(await host.run('ip', '-j', 'route', 'show'));
    assert.deepEqual(
      routes.map(({ dst, gateway, dev, metric, prefsrc }) => ({ dst, gateway, dev, metric, prefsrc })),
      [
        { dst: 'default', gateway: '10.9.0.254', dev: 'br0', metric: undefined, prefsrc: undefined },
        { dst: '10.9.0.0/24', gateway: undefined, dev: 'br0', metric: undefined, prefsrc: '10.9.0.1' },
        { dst: '192.168.7.0/24', gateway: undefined, dev: 'br0', metric: 7, prefsrc: '10.9.0.1' },
      ],
    );
    const [six]: IpRoute[] = JSON.parse(await host.run('ip', '-j', '-6', 'route', 'show', 'default'));
    assert.equal(six?.gateway, 'fd09::ff');
    const [other]: IpRoute[] = JSON.parse(await host.run('ip', '-j', 'route', 'show', 'table', '1234'));
    assert.equal(other?.gateway, '10.9.0.253');
  });

  test('are listed with what iproute2 shows', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'veth', name: 'v0', up: true, peer: { name: 'v1' } });
    net.links.change('v1', { up: true });
    net.addresses.add('v0', '10.9.0.1/24');
    net.addresses.add('v0', 'fd09::1/64', { nodad: true });
    net.routes.add({ to: '10.10.0.0/16', via: '10.9.0.2' });
    await host.kernel.flush();
    const theirs = (await links(host)).flatMap((l) =>
      (l.addr_info ?? []).map((a) => `${l.ifindex} ${a.local}/${a.prefixlen}`),
    );
    const ours = (await net.addresses.list()).map((a) => `${a.link} ${a.address}/${a.prefixLength}`);
    assert.deepEqual(ours.toSorted(), theirs.toSorted());
    const index = (await net.links.find('v0'))?.index ?? 0;
    assert.ok((await net.addresses.list(index)).every(({ link }) => link === index));
    const main = (await net.routes.list()).filter(({ table, family }) => table === RT_TABLE_MAIN && family === 4);
    const theirRoutes: IpRoute[] = JSON.parse(await host.run('ip', '-j', 'route', 'show'));
    assert.deepEqual(
      main.map(({ to, via }) => ({ to, via })),
      theirRoutes.map(({ dst, gateway }) => ({ to: dst, via: gateway })),
    );
  });

  test('are taken away again', async () => {
    await using host = await openNetworkHost();
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'br0', up: true });
    net.addresses.add('br0', '10.9.0.1/24');
    net.routes.add({ to: 'default', via: '10.9.0.254' });
    net.routes.delete({ to: 'default' });
    net.addresses.delete('br0', '10.9.0.1/24');
    await host.kernel.flush();
    assert.equal(await host.run('ip', 'route', 'show'), '');
    const [bridge] = await links(host, 'dev', 'br0');
    assert.deepEqual(
      bridge?.addr_info?.filter(({ local }) => local.startsWith('10.')),
      [],
    );
  });
});

describe('a refusal', () => {
  const refusals: { what: string; act: (net: Netlink) => void; code: string; kind: string; text: RegExp }[] = [
    {
      what: 'of a name that is taken',
      act: (net) => net.links.create({ kind: 'bridge', name: 'br0' }),
      code: 'EEXIST',
      kind: 'conflict',
      text: /cannot create the bridge link br0: File exists/,
    },
    {
      what: 'of a link that is not there',
      act: (net) => net.links.delete('nobody'),
      code: 'ENODEV',
      kind: 'not-found',
      text: /cannot delete the link nobody/,
    },
    {
      what: 'of a master that is not there',
      act: (net) => net.links.create({ kind: 'veth', name: 'v', master: 'nobody', peer: { name: 'w' } }),
      code: 'ENODEV',
      kind: 'not-found',
      text: /cannot find the link nobody/,
    },
    {
      what: 'of an address on nothing',
      act: (net) => net.addresses.add('nobody', '10.0.0.1/8'),
      code: 'ENODEV',
      kind: 'not-found',
      text: /cannot find the link nobody/,
    },
    {
      what: 'of a gateway out of reach',
      act: (net) => net.routes.add({ to: 'default', via: '9.9.9.9' }),
      code: 'ENETUNREACH',
      kind: 'unavailable',
      text: /Nexthop has invalid gateway/,
    },
    {
      what: 'of a size that is too large',
      act: (net) => net.links.change('br0', { mtu: 1_000_000 }),
      code: 'EINVAL',
      kind: 'invalid',
      text: /mtu greater than device maximum/,
    },
    {
      what: 'of a pid that is nobody',
      act: (net) => net.links.create({ kind: 'veth', name: 'v', peer: { name: 'w', netns: { pid: 0x3ffffff } } }),
      code: 'ESRCH',
      kind: 'not-found',
      text: /cannot create the veth link v/,
    },
  ];
  for (const { what, act, code, kind, text } of refusals) {
    test(`${what} names the object and the kernel's reason, and stops the batch`, async () => {
      await using host = await openNetworkHost(4);
      const net = new Netlink(host.kernel);
      net.links.create({ kind: 'bridge', name: 'br0' });
      await host.kernel.flush();
      host.kernel.step('Network', 'connect the container', '--network');
      act(net);
      net.links.create({ kind: 'bridge', name: 'never' });
      await assert.rejects(host.kernel.flush(), (error) => {
        assert.ok(error instanceof NetlinkError);
        assert.deepEqual([error.code, error.kind, error.step?.title], [code, kind, 'connect the container']);
        assert.match(error.message, text);
        return true;
      });
      assert.equal(await net.links.find('never'), undefined);
      // The socket is in step again.
      net.links.create({ kind: 'bridge', name: 'later' });
      await host.kernel.flush();
      assert.equal((await net.links.find('later'))?.name, 'later');
    });
  }

  test('that is allowed is none', async () => {
    await using host = await openNetworkHost(2);
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'br0' });
    net.links.create({ kind: 'bridge', name: 'br0' }, { allow: [17] });
    net.links.delete('nobody', { allow: [19] });
    net.links.change('br0', { up: true });
    await host.kernel.flush();
    assert.equal((await net.links.find('br0'))?.up, true);
  });

  test('for want of privilege says which', async () => {
    await using host = await openNetworkHost(2);
    host.kernel.setresuid(65534);
    const net = new Netlink(host.kernel);
    net.links.create({ kind: 'bridge', name: 'br0' });
    await assert.rejects(host.kernel.flush(), (error) => {
      assert.ok(error instanceof NetlinkError);
      assert.equal(error.kind, 'denied');
      assert.match(error.hint ?? '', /CAP_NET_ADMIN/);
      return true;
    });
  });
});

test('ten changes are one batch, and one answer', async () => {
  await using host = await openNetworkHost(2);
  const { kernel } = host;
  const net = new Netlink(kernel);
  for (let i = 0; i < 10; i++) net.links.create({ kind: 'bridge', name: `br${i}` });
  const all = net.links.list();
  assert.equal((await all).length, 11);
});

test('a network namespace that ends takes its links along', async () => {
  await using host = await openNetworkHost(6);
  const net = new Netlink(host.kernel);
  const box = host.kernel.clone(CLONE_NEWNET);
  const { exited } = host.kernel.watch(box.pidfd);
  net.links.create({ kind: 'veth', name: 'outside', peer: { name: 'eth0', netns: { pid: box.pid } } });
  await host.kernel.flush();
  box.kernel.socket(AF_INET, SOCK_STREAM, 0);
  box.kernel.exit(0);
  await box.kernel.flush();
  await exited;
  for (let i = 0; i < 200 && (await net.links.find('outside')); i++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await net.links.find('outside'), undefined);
});
