import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Netlink, NetlinkError, Nftables } from '../../../src/kernel/index.ts';
import { openNetworkHost } from './network-host.ts';

const set = { table: 't', name: 'ports' };
const key = (port: number) => ({ bytes: Uint8Array.of(6, 0, 0, 0, port >> 8, port & 0xff, 0, 0), late: [] });
const data = (last: number) => ({ bytes: Uint8Array.of(10, 0, 0, last), late: [] });
const element = (port: number, comment = 'somebody') => ({ key: key(port), data: data(2), comment });

async function openTable() {
  const host = await openNetworkHost(20);
  await host.run('nft', 'table inet t { map ports { type inet_proto . inet_service : ipv4_addr; }; }');
  return host;
}

describe('elements of nftables', () => {
  test('are seen by nft, and its own are seen here', async () => {
    await using host = await openTable();
    const nftables = new Nftables(host.kernel);
    nftables.change([{ act: 'add', set, elements: [element(80), element(443, 'somebody else')] }], 'try');
    await host.kernel.flush();
    const shown = await host.run('nft', 'list', 'map', 'inet', 't', 'ports');
    assert.match(shown, /tcp \. 80 comment "somebody" : 10\.0\.0\.2/);
    assert.match(shown, /tcp \. 443 comment "somebody else" : 10\.0\.0\.2/);
    await host.run('nft', 'add element inet t ports { tcp . 22 comment "nft" : 10.0.0.9 }');
    const all = await nftables.list(set);
    assert.deepEqual(all.map(({ comment }) => comment).toSorted(), ['nft', 'somebody', 'somebody else']);
    const found = await nftables.find(set, key(22));
    assert.deepEqual([...(found?.data?.bytes ?? [])], [10, 0, 0, 9]);
  });

  test('are deleted, and what is not there is not found', async () => {
    await using host = await openTable();
    const nftables = new Nftables(host.kernel);
    nftables.change([{ act: 'add', set, elements: [element(80), element(81)] }], 'try');
    nftables.change([{ act: 'delete', set, elements: [{ key: key(80) }] }], 'try');
    await host.kernel.flush();
    assert.equal(await nftables.find(set, key(80)), undefined);
    assert.equal((await nftables.list(set)).length, 1);
    assert.equal(await nftables.find({ table: 'none', name: 'none' }, key(80)), undefined);
    assert.deepEqual(await nftables.list({ table: 't', name: 'none' }), []);
  });

  test('come all or not at all, and a refusal stops the batch', async () => {
    await using host = await openTable();
    const nftables = new Nftables(host.kernel);
    nftables.change([{ act: 'add', set, elements: [element(80)] }], 'begin');
    await host.kernel.flush();
    const other = { ...element(80), data: data(3) };
    const purpose = 'publish the ports of a container';
    new Nftables(host.kernel).change([{ act: 'add', set, elements: [element(90), other] }], purpose);
    new Netlink(host.kernel).links.create({ kind: 'bridge', name: 'never' });
    await assert.rejects(host.kernel.flush(), (error) => {
      assert.ok(error instanceof NetlinkError, String(error));
      assert.equal(error.kind, 'conflict');
      assert.match(error.message, /cannot publish the ports of a container/);
      return true;
    });
    assert.equal(await nftables.find(set, key(90)), undefined);
    assert.equal(await new Netlink(host.kernel).links.find('never'), undefined);
  });

  test('can be thousands', async () => {
    await using host = await openTable();
    const nftables = new Nftables(host.kernel);
    const elements = Array.from({ length: 3000 }, (_, i) => element(1000 + i));
    nftables.change([{ act: 'add', set, elements }], 'try');
    await host.kernel.flush();
    assert.equal((await nftables.list(set)).length, 3000);
  });
});
