import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Engine, openEngine } from '../../../src/sdk/index.ts';
import { configOf, runToEnd, shell } from '../engine/container-under-test.ts';
import { TemporaryFolder } from '../image/temporary-store.ts';

const isRoot = process.getuid?.() === 0;
let world: TemporaryFolder;
let root = '';
let engine: Engine;

/** A data root on an overlay, which no other overlay can write to: containers have copies of their images there. */
before(async () => {
  if (!isRoot) return;
  world = new TemporaryFolder();
  for (const name of ['lower', 'upper', 'work', 'root']) mkdirSync(join(world.path, name));
  root = join(world.path, 'root');
  const at = (name: string) => join(world.path, name);
  const options = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
  execFileSync('mount', ['-t', 'overlay', 'keelson-test', '-o', options, root]);
  engine = await openEngine({ root });
});
after(async () => {
  if (!isRoot) return;
  await engine[Symbol.asyncDispose]();
  execFileSync('umount', [root]);
  world[Symbol.dispose]();
});

const WORK = 'echo new >/new; rm /bin/ash; chown 7:8 /new; ln /new /linked; mkfifo /pipe; mkdir -m 1777 /sticky';

describe('a container that has a copy of its image', { skip: !isRoot && 'needs root' }, () => {
  test('becomes an image of one whole layer, which is run as before', async () => {
    await runToEnd(engine, configOf(['sh', '-euc', WORK], { name: 'copied', autoRemove: false, env: ['A=b'] }));
    assert.equal((await engine.inspect('copied')).layers.upper, undefined);
    const id = await engine.commit('copied', { name: 'whole:1', message: 'all of it', changes: ['LABEL a=b'] });
    const { config, layerSizes, folders } = await engine.images.inspect('whole:1');
    assert.deepEqual([folders, layerSizes.length, config.rootfs.diff_ids.length], [[], 1, 1]);
    assert.deepEqual([config.config?.Env?.at(-1), config.config?.Labels], ['A=b', { a: 'b' }]);
    // As many steps with a layer as there are layers.
    const steps = config.history ?? [];
    assert.deepEqual([steps.filter((step) => !step.empty_layer).length, steps.at(-1)?.comment], [1, 'all of it']);
    const tell = 'cat /new; stat -c "%u:%g %h %a" /new /sticky; test -p /pipe && ls /bin/ash || echo gone; echo $A';
    const told = await shell(engine, tell, { image: id });
    assert.equal(told, 'new\n7:8 2 644\n0:0 2 1777\ngone\nb\n');
    await engine.remove('copied');
  });

  test('is exported as it is, and has no diff', async () => {
    await runToEnd(engine, configOf(['sh', '-euc', WORK], { name: 'copied', autoRemove: false }));
    const changes = engine.changes('copied')[Symbol.asyncIterator]();
    await assert.rejects(async () => changes.next(), { kind: 'unsupported', code: 'CHANGES_UNKNOWN' });
    const archive = join(world.path, 'export.tar');
    const chunks: Buffer[] = [];
    for await (const chunk of engine.export('copied')) chunks.push(chunk);
    writeFileSync(archive, Buffer.concat(chunks));
    const names = execFileSync('tar', ['-tf', archive]).toString().split('\n');
    assert.ok(names.includes('new') && names.includes('bin/busybox') && !names.includes('bin/ash'));
    await engine.remove('copied');
  });

  test('and an image is mounted as a copy, which goes with the mount', async () => {
    const { path } = await engine.images.mount('busybox');
    assert.deepEqual(readFileSync(join(path, 'bin/busybox')), readFileSync('/bin/busybox'));
    assert.throws(() => writeFileSync(join(path, 'new'), ''), { code: 'EROFS' });
    assert.equal(readdirSync(join(root, 'snapshots/containers')).length, 1);
    await engine.images.unmount('busybox');
    for (const folder of ['snapshots/containers', 'mounts']) assert.deepEqual(readdirSync(join(root, folder)), []);
  });
});
