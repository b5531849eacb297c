import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Kernel } from '../../../src/kernel/index.ts';
import { AF_INET, ipAddress, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET } from '../../../src/kernel/index.ts';
import { attachBridge, prepareBridge, releaseNetwork } from '../../../src/network/index.ts';
import type { PortConfig } from '../../../src/spec/index.ts';
import type { NetworkHost } from './network-host.ts';
import { openNetworkHost } from './network-host.ts';

const bridge = { name: 'keelson0', subnet4: '10.208.0.0/20' };
const id = (n: number) => String(n).padStart(12, 'd').padEnd(64, '0');
const tcp = (hostPort: number, hostIp = ''): PortConfig => ({ hostIp, hostPort, containerPort: 80, protocol: 'tcp' });
const udp = (hostPort: number): PortConfig => ({ ...tcp(hostPort), protocol: 'udp' });

/** Publishes ports as a container's monitor does, which is a process of its own. */
async function publish(
  host: NetworkHost,
  n: number,
  ports: PortConfig[],
): Promise<{ monitor: Kernel; ports: PortConfig[] }> {
  const network = attachBridge({ containerId: id(n), bridge, address4: `10.208.0.${n}`, ports });
  await prepareBridge(host.kernel, bridge);
  const monitor = host.newMonitor();
  const box = host.newBox();
  await host.kernel.flush();
  try {
    await network.prepare(monitor);
    network.onHost(monitor, await box.pid);
    await monitor.flush();
    return { monitor, ports: await network.publishedPorts() };
  } catch (error) {
    monitor.release();
    throw error;
  }
}

/** What any server does: bind with SO_REUSEADDR and listen. */
async function listenAsServer(kernel: Kernel, port: number): Promise<void> {
  const socket = kernel.socket(AF_INET, SOCK_STREAM, 0);
  kernel.setsockopt(socket, { level: SOL_SOCKET, name: SO_REUSEADDR, value: 1 });
  kernel.bind(socket, ipAddress(new Uint8Array(4), port));
  kernel.listen(socket, 8);
  await kernel.flush();
}

const elements = async (host: NetworkHost) =>
  (await host.run('nft', 'list', 'table', 'inet', 'keelson')).match(/comment "d{8}/g) ?? [];

describe('a published port', () => {
  test('belongs to one container', async () => {
    await using host = await openNetworkHost(20);
    await publish(host, 2, [tcp(8080), udp(8080)]);
    for (const port of [tcp(8080), udp(8080), tcp(8080, '127.0.0.1')]) {
      await assert.rejects(publish(host, 3, [port]), (error: Error & { kind?: string; code?: string }) => {
        assert.deepEqual([error.kind, error.code], ['conflict', 'PORT_ALLOCATED']);
        assert.match(error.message, /^the port (0\.0\.0\.0|127\.0\.0\.1):8080\/(tcp|udp) is already allocated$/);
        return true;
      });
    }
    await publish(host, 4, [tcp(8081)]);
  });

  test('that a server of the host uses is refused', async () => {
    await using host = await openNetworkHost(20);
    await listenAsServer(host.kernel, 8080);
    await assert.rejects(publish(host, 2, [tcp(8080)]), { code: 'PORT_ALLOCATED' });
    await publish(host, 3, [udp(8080)]);
  });

  test('is not given to a server of the host', async () => {
    await using host = await openNetworkHost(20);
    await publish(host, 2, [tcp(8080)]);
    await assert.rejects(listenAsServer(host.kernel, 8080), { code: 'EADDRINUSE' });
  });

  test('can be had while old connections of a stopped server wait (TIME_WAIT)', async () => {
    await using host = await openNetworkHost(20);
    const server = host.newMonitor();
    const listener = server.socket(AF_INET, SOCK_STREAM, 0);
    server.setsockopt(listener, { level: SOL_SOCKET, name: SO_REUSEADDR, value: 1 });
    server.bind(listener, ipAddress(new Uint8Array(4), 8080));
    server.listen(listener, 8);
    await server.flush();
    const client = host.kernel.socket(AF_INET, SOCK_STREAM, 0);
    host.kernel.connect(client, ipAddress(Uint8Array.of(127, 0, 0, 1), 8080));
    await host.kernel.flush();
    // The side that closes first keeps the connection in TIME_WAIT.
    server.close(server.accept4(listener));
    await server.flush();
    host.kernel.close(client);
    await host.kernel.flush();
    server.release();
    await server.closed;
    assert.match(await host.run('cat', '/proc/net/tcp'), /:1F90 0100007F:\w+ 06 /);
    await publish(host, 2, [tcp(8080)]);
    await assert.rejects(listenAsServer(host.kernel, 8080), { code: 'EADDRINUSE' });
  });

  test('that was not chosen is one that nobody uses, and is told', async () => {
    await using host = await openNetworkHost(20);
    const { ports } = await publish(host, 2, [tcp(0), udp(0), tcp(0, '127.0.0.1')]);
    for (const { hostPort } of ports) assert.ok(hostPort > 1023 && hostPort < 65536, String(hostPort));
    const sockets = await host.run('sh', '-c', 'cat /proc/net/nf_conntrack 2>/dev/null; nft list table inet keelson');
    for (const { hostPort, protocol } of ports) assert.match(sockets, new RegExp(`${protocol} \\. ${hostPort}\\b`));
  });

  test('can be many in one batch', async () => {
    await using host = await openNetworkHost(20);
    const ports = Array.from({ length: 300 }, (_, i) => tcp(20_000 + i));
    const { ports: published } = await publish(host, 2, ports);
    assert.equal(published.length, 300);
    await releaseNetwork(host.kernel, id(2));
    assert.deepEqual(await elements(host), []);
  });

  test('on an address of somebody else, or on IPv6 without IPv6, is refused', async () => {
    await using host = await openNetworkHost(20);
    await assert.rejects(publish(host, 2, [tcp(80, '203.0.113.1')]), { kind: 'invalid', code: 'ADDRESS_NOT_OF_HOST' });
    await assert.rejects(publish(host, 3, [tcp(80, '::1')]), { kind: 'invalid', code: 'PORT_NEEDS_IPV6' });
  });
});

describe('what is left of a container', () => {
  test('is taken away by its id alone, and nothing else', async () => {
    await using host = await openNetworkHost(30);
    const first = await publish(host, 2, [tcp(8080), udp(8080), tcp(8081, '127.0.0.1')]);
    await publish(host, 3, [tcp(9090)]);
    assert.equal((await elements(host)).length, 4);
    // As after kill -9: the process is gone, the elements are still there.
    first.monitor.release();
    await first.monitor.closed;
    await releaseNetwork(host.kernel, id(2));
    const links = await host.run('ip', '-br', 'link');
    assert.ok(!links.includes('ks-ddddddddddd2@'), links);
    const rules = await host.run('nft', 'list', 'table', 'inet', 'keelson');
    assert.ok(!rules.includes('808') && rules.includes('9090'), rules);
    await publish(host, 4, [tcp(8080), udp(8080)]);
  });

  test('can be taken away twice, and before anything was there', async () => {
    await using host = await openNetworkHost(10);
    await releaseNetwork(host.kernel, id(9));
    await publish(host, 2, [tcp(8080)]);
    await releaseNetwork(host.kernel, id(2));
    await releaseNetwork(host.kernel, id(2));
    assert.deepEqual(await elements(host), []);
  });
});
