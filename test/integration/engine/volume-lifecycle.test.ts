import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MountConfig, openEngine } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

const IGNORED = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const volume = (source: string | undefined, target: string): MountConfig => ({
  type: 'volume',
  source,
  target,
  readOnly: false,
});

test('volumes are made, listed, looked at, removed and pruned', async () => {
  const { volumes } = engine;
  const made = await volumes.create({ name: 'data', labels: { tier: 'db' } });
  assert.deepEqual(made, {
    name: 'data',
    mountpoint: join(engine.root, 'volumes/data/_data'),
    created: made.created,
    labels: { tier: 'db' },
    anonymous: false,
    inUse: false,
  });
  assert.ok(existsSync(made.mountpoint));
  assert.deepEqual((await volumes.create({ name: 'data' })).labels, { tier: 'db' }, 'it stays as it is');
  await assert.rejects(volumes.create({ name: '../up' }), { code: 'VOLUME_NAME_INVALID' });
  const config = configOf(['touch', '/data/x'], {
    name: 'holder',
    autoRemove: false,
    mounts: [volume('data', '/data')],
  });
  await (await engine.run({ config, detach: false, stdio: IGNORED })).exited;
  await assert.rejects(volumes.remove('data'), { code: 'VOLUME_IN_USE', kind: 'conflict' });
  const anonymous = await volumes.create({ anonymous: true });
  writeFileSync(join(anonymous.mountpoint, 'content'), Buffer.alloc(1500));
  assert.deepEqual((await volumes.prune({ matches: () => false })).removed, []);
  assert.deepEqual(await volumes.prune({ all: true }), { removed: [anonymous.name], bytes: 1500 });
  await engine.remove('holder', { volumes: true });
  assert.deepEqual(
    (await volumes.list()).map(({ name, inUse }) => [name, inUse]),
    [['data', false]],
  );
  await volumes.remove('data');
  await assert.rejects(volumes.inspect('data'), { code: 'VOLUME_NOT_FOUND' });
  await assert.rejects(volumes.remove('data'), { code: 'VOLUME_NOT_FOUND' });
});

const FILES = 2000;

test('kill -9 while a volume is filled: the next container finds all of its content', async () => {
  const rootfs = join(engine.root, 'rootfs');
  mkdirSync(join(rootfs, 'bin'), { recursive: true });
  mkdirSync(join(rootfs, 'srv/site'), { recursive: true });
  await shell(engine, 'cp /bin/busybox /made/bin/busybox', {
    mounts: [{ type: 'bind', source: rootfs, target: '/made', readOnly: false }],
  });
  for (let i = 0; i < FILES; i++) writeFileSync(join(rootfs, 'srv/site', `file-${i}`), `${i}`);
  const program = resolve(import.meta.dirname, '../../../src/bin/keelson.ts');
  const args = ['run', '--rm', '--network', 'none', '-v', 'site:/srv/site', '--rootfs', rootfs, '/bin/busybox', 'true'];
  const starter = spawn(process.execPath, [program, ...args], {
    stdio: 'ignore',
    env: { ...process.env, KEELSON_ROOT: engine.root },
  });
  const ended = once(starter, 'exit');
  const folder = join(engine.root, 'volumes/site');
  const isCopying = () => {
    const draft = existsSync(folder) && readdirSync(folder).find((name) => name.startsWith('draft-'));
    return draft && readdirSync(join(folder, draft)).length > 0;
  };
  while (starter.exitCode === null && !isCopying()) await sleep(1);
  starter.kill('SIGKILL');
  await ended;
  using db = new DatabaseSync(join(engine.root, 'db.sqlite'), { readOnly: true });
  const phase = () => db.prepare("SELECT phase FROM volumes WHERE name = 'site'").get()?.phase;
  assert.equal(phase(), 'filling', 'it was killed at work');
  await using next = await openEngine({ root: engine.root });
  const config = { image: undefined, rootfs, mounts: [volume('site', '/srv/site')] };
  const script = '/bin/busybox ls /srv/site | /bin/busybox wc -l';
  const { stdout } = await runToEnd(next, configOf(['/bin/busybox', 'sh', '-c', script], config));
  assert.equal(stdout, `${FILES}\n`);
  assert.equal(phase(), 'ready');
  assert.deepEqual(readdirSync(folder), ['_data'], 'no draft stays');
});
