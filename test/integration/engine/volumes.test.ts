import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ContainerConfig, MountConfig } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

const volume = (source: string | undefined, target: string, change: Partial<MountConfig> = {}): MountConfig => ({
  type: 'volume',
  source,
  target,
  readOnly: false,
  ...change,
});
const data = (name: string) => join(engine.root, 'volumes', name, '_data');
const names = () => (existsSync(join(engine.root, 'volumes')) ? readdirSync(join(engine.root, 'volumes')) : []);

/** A root of which a volume can take content. */
function rootWithContent(): string {
  const root = join(engine.root, 'with-content');
  mkdirSync(join(root, 'srv/site/deep'), { recursive: true });
  writeFileSync(join(root, 'srv/site/page'), 'from the image', { mode: 0o640 });
  return root;
}

describe('a volume', () => {
  test('of a name keeps what is written, for the next container, in a folder of our own', async () => {
    const mounts = [volume('kept', '/data')];
    await shell(engine, 'echo hello >/data/file', { mounts });
    assert.equal(await shell(engine, 'cat /data/file', { mounts }), 'hello\n');
    assert.deepEqual(readdirSync(data('kept')), ['file']);
    assert.equal(statSync(join(engine.root, 'volumes/kept')).mode & 0o777, 0o700);
    const readOnly = [volume('kept', '/data', { readOnly: true })];
    const { exitCode, stderr } = await runToEnd(engine, configOf(['touch', '/data/x'], { mounts: readOnly }));
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /Read-only file system/);
  });

  test('that is new begins with what the image has there, owners and modes kept', async () => {
    // /etc of the busybox image; its files belong to root, so another owner is made in a root of the test's own.
    const mounts = [volume('filled', '/etc')];
    const out = await shell(engine, 'cat /etc/passwd | head -n 1; echo changed >/etc/passwd', { mounts });
    assert.match(out, /^root:/);
    assert.equal(await shell(engine, 'cat /etc/passwd', { mounts }), 'changed\n', 'filled once');
    const rootfs = rootWithContent();
    const config = configOf(['/busybox', 'true'], { rootfs, mounts: [volume('site', '/srv/site')] });
    await assert.rejects(runToEnd(engine, config), { code: 'COMMAND_NOT_FOUND' });
    assert.deepEqual(readdirSync(data('site')).sort(), ['deep', 'page']);
    assert.equal(statSync(join(data('site'), 'page')).mode & 0o777, 0o640);
    const nocopy = { mounts: [volume('bare', '/etc', { options: ['nocopy'] })] };
    assert.doesNotMatch(await shell(engine, 'ls /etc', nocopy), /passwd/);
  });

  test('of a user namespace has the ids that the container knows', async () => {
    const mounts = [volume('mapped', '/data')];
    const change: Partial<ContainerConfig> = { mounts, namespaces: { user: { mode: 'auto' } } };
    await shell(engine, 'echo x >/data/own; chown 5:6 /data/own', change);
    const { uid, gid } = statSync(join(data('mapped'), 'own'));
    assert.deepEqual([uid, gid], [5, 6]);
    assert.equal(await shell(engine, 'stat -c %u:%g /data/own', { mounts }), '5:6\n');
  });

  test('without a name goes with its container', async () => {
    const before = names().length;
    await shell(engine, 'echo x >/data/file', { mounts: [volume(undefined, '/data')] });
    assert.equal(names().length, before, '--rm');
    const kept = configOf(['true'], { autoRemove: false, mounts: [volume(undefined, '/data')] });
    const { id, exited } = await engine.run({
      config: kept,
      detach: false,
      stdio: { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    });
    await exited;
    assert.equal(names().length, before + 1);
    await engine.remove(id, { volumes: true });
    assert.equal(names().length, before, 'rm -v');
  });

  test('that several start with at once is filled once and whole', async () => {
    const mounts = [volume('raced', '/usr/bin')];
    const count = () => shell(engine, 'ls /usr/bin | wc -l', { mounts });
    const counts = await Promise.all([count(), count(), count(), count()]);
    assert.equal(new Set(counts).size, 1);
    assert.ok(Number(counts[0]) > 100);
  });

  test('cannot have a name that leads elsewhere', async () => {
    const ask = (name: string) => shell(engine, 'true', { mounts: [volume(name, '/data')] });
    await assert.rejects(ask('../escape'), { code: 'VOLUME_NAME_INVALID' });
  });
});
