import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ContainerConfig, NetworkConfig, RunningContainer } from '../../../src/sdk/index.ts';
import { commandOf, pidsThere } from '../../what-is-there.ts';
import { configOf, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
let owner: RunningContainer;
const IGNORED = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const NETWORK: NetworkConfig = { mode: 'bridge', dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports: [] };

before(async () => {
  engine = await temporaryEngine();
  const script = 'echo of the owner >/dev/shm/note; touch /ready; exec sleep 1000';
  const config = configOf(['sh', '-c', script], {
    name: 'owner',
    autoRemove: false,
    hostname: 'shared-host',
    namespaces: { ipc: 'shareable' },
    network: NETWORK,
  });
  owner = await engine.run({ config, detach: true, stdio: IGNORED });
  for (let ready = 1; ready !== 0; ) {
    const { exited } = await engine.exec('owner', execOf(['test', '-e', '/ready']), { stdio: IGNORED });
    ready = (await exited).exitCode;
  }
});
after(() => engine[Symbol.asyncDispose]());

function execOf(command: string[]) {
  return { command, env: [], tty: false, interactive: false, privileged: false };
}

const shared = (namespaces: ContainerConfig['namespaces'], change: Partial<ContainerConfig> = {}) => ({
  namespaces,
  ...change,
});

describe("another container's namespaces", () => {
  test('pid: its processes are seen and can be signalled', async () => {
    const script = 'ps -o pid,comm; kill -0 1 && echo yes';
    const out = await shell(engine, script, shared({ pid: 'container:owner' }));
    assert.match(out, /^ +1 sleep$/m);
    assert.match(out, /^yes$/m);
  });

  test('pid: what it leaves behind there ends with it, and nothing else does', async () => {
    for (const pid of ['host', 'container:owner'] as const) {
      const script = 'sleep 4324 & exit 3';
      const config = configOf(['sh', '-c', script], { namespaces: { pid }, autoRemove: false });
      const { id, exited } = await engine.run({ config, detach: false, stdio: IGNORED });
      assert.equal((await exited).exitCode, 3);
      assert.equal((await engine.inspect(id)).status, 'exited');
      assert.deepEqual(
        pidsThere().filter((process) => commandOf(process).startsWith('sleep 4324')),
        [],
      );
      await engine.remove(id);
    }
    assert.equal((await engine.inspect('owner')).status, 'running');
  });

  test('ipc: System V objects, message queues and /dev/shm', async () => {
    const out = await shell(engine, 'cat /dev/shm/note; echo back >/dev/shm/note; readlink /proc/self/ns/ipc', {
      namespaces: { ipc: `container:${owner.id.slice(0, 12)}` },
    });
    assert.match(out, /^of the owner\nipc:\[\d+\]\n$/);
    const script = 'test "$(cat /dev/shm/note)" = back && test "$(readlink /proc/self/ns/ipc)" = "$0"';
    const same = execOf(['sh', '-c', script, out.split('\n')[1] ?? '']);
    const { exited } = await engine.exec('owner', same, { stdio: IGNORED });
    assert.equal((await exited).exitCode, 0);
  });

  test('network: its interfaces, name and files', async () => {
    const { network } = await engine.inspect('owner');
    const out = await shell(engine, 'hostname; ip -o -4 addr show eth0; cat /etc/hosts; echo x >>/etc/hosts', {
      network: { ...NETWORK, mode: 'container:owner' },
    });
    assert.match(out, /^shared-host\n/);
    assert.ok(out.includes(`inet ${network?.ip4}/`));
    assert.match(out, new RegExp(`^${network?.ip4}\\s+shared-host$`, 'm'));
    const again = await shell(engine, 'tail -n 1 /etc/hosts', { network: { ...NETWORK, mode: 'container:owner' } });
    assert.equal(again, 'x\n', 'one file for both');
  });

  test('is kept by id, and not by a name that may change hands', async () => {
    const config = configOf(['true'], { autoRemove: false, name: 'sharer', namespaces: { pid: 'container:owner' } });
    const { exited } = await engine.run({ config, detach: false, stdio: IGNORED });
    await exited;
    assert.equal((await engine.inspect('sharer')).config.namespaces.pid, `container:${owner.id}`);
  });

  test('--ipc none has no /dev/shm, and a namespace of its own', async () => {
    const out = await shell(engine, 'test -e /dev/shm || echo none; readlink /proc/self/ns/ipc', {
      namespaces: { ipc: 'none' },
    });
    assert.match(out, /^none\nipc:/);
  });

  test('is refused where it cannot be', async () => {
    const idle = configOf(['sleep', '1000'], { name: 'private', autoRemove: false });
    await engine.run({ config: idle, detach: true, stdio: IGNORED });
    const ask = (change: Partial<ContainerConfig>) => shell(engine, 'true', change);
    await assert.rejects(ask({ namespaces: { ipc: 'container:private' } }), { code: 'IPC_NOT_SHAREABLE' });
    await engine.stop('private', 0);
    await assert.rejects(ask({ namespaces: { pid: 'container:private' } }), { code: 'NAMESPACE_OWNER_NOT_RUNNING' });
    await assert.rejects(ask({ namespaces: { pid: 'container:nobody' } }), { code: 'CONTAINER_NOT_FOUND' });
    const network = { ...NETWORK, mode: 'container:owner' } as const;
    await assert.rejects(ask({ network, hostname: 'own' }), { code: 'FLAGS_CONFLICT' });
  });
});
