/** Containers saved and restored by criu. It must work on this kernel: where it does not, see refusals.test.ts. */
import assert from 'node:assert/strict';
import { existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { CountingBundle, type Runtime } from './counting-bundle.ts';

const bundle = new CountingBundle();
const { id } = bundle;
let images = 0;
const newImages = () => bundle.path(`images-${++images}`);

afterEach(() => bundle.clear('keelson'));
after(() => bundle[Symbol.asyncDispose]());

function run(runtime: Runtime, ...flags: string[]): void {
  const { status, log } = bundle.call(runtime, ['run', '--detach', ...flags, id]);
  assert.equal(status, 0, log);
}

function checkpoint(runtime: Runtime, path: string, ...flags: string[]): void {
  const words = ['checkpoint', '--image-path', path, '--work-path', `${path}-work`, ...flags, id];
  const { status, log } = bundle.call(runtime, words);
  assert.equal(status, 0, `${log}${tail(`${path}-work/dump.log`)}`);
}

/** As containerd's shim calls it. */
function restore(runtime: Runtime, path: string, ...flags: string[]): void {
  const words = [
    'restore',
    '--image-path',
    path,
    '--work-path',
    `${path}-work`,
    '--detach',
    '--no-subreaper',
    ...flags,
    id,
  ];
  const { status, log } = bundle.call(runtime, words);
  assert.equal(status, 0, `${log}${tail(`${path}-work/restore.log`)}`);
}

function tail(path: string): string {
  return existsSync(path) ? `\n${readFileSync(path, 'utf8').split('\n').slice(-25).join('\n')}` : '';
}

describe('a container that counts', { concurrency: 1 }, () => {
  for (const [by, to] of [
    ['runc', 'runc'],
    ['keelson', 'keelson'],
    ['Node alone', 'Node alone'],
    ['runc', 'keelson'],
  ] as const) {
    test(`saved by ${by}, goes on from there when ${to} restores it`, async () => {
      const path = newImages();
      run(by);
      const before = await bundle.count(3);
      checkpoint(by, path);
      assert.equal(bundle.status(by), 'none');
      assert.ok(await bundle.stands());
      restore(to, path);
      const after = await bundle.count(bundle.number);
      assert.ok(after > before && after < before + 200, `${before} and then ${after}`);
      assert.equal(bundle.status(to), 'running');
      bundle.clear(to);
    });
  }

  test('is what any container is when it was restored', async () => {
    const path = newImages();
    const pidFile = bundle.path('pid');
    run('keelson');
    await bundle.count();
    checkpoint('keelson', path);
    restore('keelson', path, '--pid-file', pidFile);
    const state = JSON.parse(bundle.ask('keelson', 'state', id).stdout);
    assert.equal(state.status, 'running');
    assert.equal(state.pid, Number(readFileSync(pidFile, 'utf8')));
    assert.equal(state.bundle, bundle.folder);
    assert.match(readFileSync(`/proc/${state.pid}/cgroup`, 'utf8'), new RegExp(`/${id}$`, 'm'));
    assert.equal(bundle.ask('keelson', 'exec', id, 'sh', '-c', 'hostname; cat /data/n').stdout.split('\n')[0], 'runc');
    assert.deepEqual(readdirSync(bundle.path(`state-keelson/${id}`)).sort(), ['state.json']);
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(bundle.folder));
    assert.equal(bundle.call('keelson', ['kill', id, 'KILL']).status, 0);
    while (bundle.status('keelson') !== 'stopped') await bundle.count();
    assert.equal(bundle.call('keelson', ['delete', id]).status, 0);
    assert.ok(!existsSync(`/sys/fs/cgroup/${id}`));
  });

  test('can be saved again after it was restored', async () => {
    const [first, second] = [newImages(), newImages()];
    run('keelson');
    await bundle.count();
    checkpoint('keelson', first);
    restore('keelson', first);
    await bundle.count(bundle.number);
    checkpoint('keelson', second);
    const saved = bundle.number;
    restore('keelson', second);
    assert.ok((await bundle.count(saved)) > saved);
  });

  test('goes on meanwhile with --leave-running', async () => {
    run('keelson');
    await bundle.count();
    checkpoint('keelson', newImages(), '--leave-running');
    assert.equal(bundle.status('keelson'), 'running');
    await bundle.count(bundle.number);
  });

  test('is saved while it is paused', async () => {
    const path = newImages();
    run('keelson');
    await bundle.count();
    bundle.call('keelson', ['pause', id]);
    checkpoint('keelson', path);
    restore('keelson', path);
    await bundle.count(bundle.number);
  });

  test('is saved in two steps with --pre-dump', async () => {
    const [parent, path] = [newImages(), newImages()];
    run('keelson');
    await bundle.count();
    checkpoint('keelson', parent, '--pre-dump');
    assert.equal(bundle.status('keelson'), 'running');
    const between = await bundle.count(bundle.number);
    checkpoint('keelson', path, '--parent-path', `../${parent.split('/').at(-1)}`);
    assert.ok(existsSync(join(path, 'parent')));
    restore('keelson', path);
    assert.ok((await bundle.count(bundle.number)) > between);
  });

  test('has its exit code passed on by a restore in the foreground, which removes it', async () => {
    const path = newImages();
    run('keelson');
    await bundle.count();
    checkpoint('keelson', path);
    const restored = bundle.start('keelson', ['restore', '--image-path', path, id]);
    await bundle.count(bundle.number);
    assert.equal(bundle.status('keelson'), 'running');
    writeFileSync(join(bundle.data, 'stop'), '');
    assert.equal(await restored.ended, 7, restored.log());
    assert.equal(bundle.status('keelson'), 'none');
  });

  test('is not restored a second time while it runs', async () => {
    const path = newImages();
    run('keelson');
    await bundle.count();
    checkpoint('keelson', path, '--leave-running');
    const { status, log } = bundle.call('keelson', ['restore', '--detach', '--image-path', path, id]);
    assert.equal(status, 1);
    assert.match(log, /container with given ID already exists/);
    await bundle.count(bundle.number);
  });

  test('of which criu cannot save a file runs on, and the error says why', async () => {
    const path = newImages();
    const file = bundle.path('output');
    const { status: started } = bundle.call('keelson', ['run', '--detach', id], {
      stdio: ['ignore', 'ignore', openSync(file, 'w')],
    });
    assert.equal(started, 0);
    await bundle.count();
    const { status, log } = bundle.call('keelson', ['checkpoint', '--image-path', path, id]);
    assert.equal(status, 1);
    assert.match(log, /criu failed: type DUMP errno .*Error \(criu\/.*log file: .*\/dump\.log/);
    assert.equal(bundle.status('keelson'), 'running');
    await bundle.count(bundle.number);
  });
});
