import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { MountConfig, NetworkConfig } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

const HOST: NetworkConfig = { mode: 'host', dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports: [] };

test("a container has the host's name on its network, and else that of its id, in HOSTNAME too", async () => {
  assert.equal(await shell(engine, 'hostname; echo $HOSTNAME', { network: HOST }), `${hostname()}\n${hostname()}\n`);
  // Docker: newContainer of its daemon looks at the network alone.
  const [inside, variable = ''] = (
    await shell(engine, 'hostname; echo $HOSTNAME', { namespaces: { uts: 'host' } })
  ).split('\n');
  assert.equal(inside, hostname());
  assert.match(variable, /^[0-9a-f]{12}$/);
});

test('--ulimit core=-1 is no limit; what the kernel refuses is told', async () => {
  const ulimits = [{ name: 'core', soft: -1, hard: -1 }];
  const script = "grep 'Max core' /proc/self/limits";
  assert.match(await shell(engine, script, { ulimits }), /^Max core file size +unlimited +unlimited +bytes/);
  // No process may have more than fs.nr_open (getrlimit(2)), not even root: so with Docker too.
  const tooMany = configOf(['true'], { ulimits: [{ name: 'nofile', soft: -1, hard: -1 }] });
  await assert.rejects(runToEnd(engine, tooMany), { name: /Error$/, message: /RLIMIT_NOFILE|prlimit/ });
});

test('a device at a path that the image has already leaves that alone', async () => {
  const rootfs = join(engine.root, 'with-file');
  mkdirSync(join(rootfs, 'bin'), { recursive: true });
  const bind: MountConfig = { type: 'bind', source: rootfs, target: '/made', readOnly: false };
  await shell(engine, 'cp /bin/busybox /made/bin/busybox', { mounts: [bind] });
  writeFileSync(join(rootfs, 'thing'), 'of the image');
  const devices = [
    { source: '/dev/null', target: '/thing', permissions: 'rwm' },
    { source: '/dev/zero', target: '/other', permissions: 'rwm' },
  ];
  const script = '/bin/busybox cat /thing; test -c /other && echo; echo made';
  const command = ['/bin/busybox', 'sh', '-c', script];
  const { stdout, stderr } = await runToEnd(engine, configOf(command, { image: undefined, rootfs, devices }));
  assert.deepEqual([stdout, stderr], ['of the image\nmade\n', '']);
});

test('two mounts at one place are refused, however the place is written', async () => {
  const mounts = ['/x', '/x/../x/'].map((target) => ({ type: 'tmpfs' as const, target, readOnly: false }));
  await assert.rejects(shell(engine, 'true', { mounts }), { code: 'MOUNT_TARGET_TWICE', kind: 'invalid' });
});

test('a folder of the host that -v names is made where it is missing', async () => {
  const source = join(engine.root, 'made/here');
  const mount: MountConfig = { type: 'bind', source, target: '/here', readOnly: false };
  await assert.rejects(shell(engine, 'true', { mounts: [mount] }), { code: 'MOUNT_SOURCE_MISSING' });
  await shell(engine, 'echo 1 >/here/file', { mounts: [{ ...mount, createSource: true }] });
  assert.equal(readFileSync(join(source, 'file'), 'utf8'), '1\n');
  writeFileSync(join(source, 'file'), '2\n');
  assert.equal(await shell(engine, 'cat /here/file', { mounts: [{ ...mount, createSource: true }] }), '2\n');
});
