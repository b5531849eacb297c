/** Containers saved and restored by criu, where that knows the kernel; where it does not, see refusals.test.ts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CountingBundle, criuWorks, type Runtime } from './counting-bundle.ts';

if (criuWorks()) {
  const bundle = new CountingBundle();
  const { id } = bundle;
  let images = 0;
  const newImages = () => bundle.path(`images-${++images}`);

  afterEach(() => {
    bundle.clear('keelson');
    bundle.clear('runc');
  });
  after(() => bundle[Symbol.asyncDispose]());

  /** Flags that criu takes as they are, which must not stand in the way. */
  const handedOn = [
    ...['--tcp-established', '--ext-unix-sk', '--shell-job', '--file-locks', '--link-remap', '--auto-dedup'],
    ...['--manage-cgroups-mode', 'ignore', '--empty-ns', 'network'],
  ];

  const run = (runtime: Runtime) => bundle.succeed(runtime, ['run', '--detach', id]);

  function checkpoint(runtime: Runtime, path: string, ...flags: string[]): void {
    const words = ['checkpoint', '--image-path', path, '--work-path', `${path}-work`, ...flags, id];
    bundle.succeed(runtime, words, `${path}-work/dump.log`);
  }

  /** As containerd's shim calls it. */
  function restore(runtime: Runtime, path: string, ...flags: string[]): void {
    const words = ['restore', '--image-path', path, '--work-path', `${path}-work`, '--detach', '--no-subreaper'];
    bundle.succeed(runtime, [...words, ...flags, id], `${path}-work/restore.log`);
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const place = server.address();
    server.close();
    return typeof place === 'object' && place !== null ? place.port : 0;
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; tries < 1200; tries++, await sleep(50)) if (isSo()) return;
    throw new Error('it has not come to that');
  }

  describe('a container that counts', { concurrency: 1 }, () => {
    // That runc restores what it saved of this bundle is in criu-surroundings.test.ts.
    for (const [by, to] of [
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
        const then = await bundle.count(bundle.number);
        assert.ok(then > before && then < before + 200, `${before} and then ${then}`);
        assert.equal(bundle.status(to), 'running');
      });
    }

    test('is what any container is when it was restored, and can be saved again while it is paused', async () => {
      const [first, second, pidFile] = [newImages(), newImages(), bundle.path('pid')];
      run('keelson');
      const before = await bundle.count(3);
      checkpoint('keelson', first);
      assert.ok(await bundle.stands());
      restore('keelson', first, '--pid-file', pidFile);
      assert.ok((await bundle.count(bundle.number)) < before + 200);

      const state = JSON.parse(bundle.ask('keelson', 'state', id).stdout);
      assert.equal(state.status, 'running');
      assert.equal(state.pid, Number(readFileSync(pidFile, 'utf8')));
      assert.equal(state.bundle, bundle.folder);
      assert.match(readFileSync(`/proc/${state.pid}/cgroup`, 'utf8'), new RegExp(`/${id}$`, 'm'));
      const inside = bundle.ask('keelson', 'exec', id, 'sh', '-c', 'hostname; cat /proc/1/comm; cat /proc/uptime');
      assert.deepEqual(inside.stdout.split('\n').slice(0, 2), ['runc', 'sh']);
      assert.deepEqual(readdirSync(bundle.path(`state-keelson/${id}`)), ['state.json']);
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(bundle.folder));

      bundle.succeed('keelson', ['pause', id]);
      checkpoint('keelson', second, ...handedOn, '--tcp-skip-in-flight');
      restore('keelson', second, ...handedOn);
      await bundle.count(bundle.number);
      bundle.succeed('keelson', ['kill', id, 'KILL']);
      while (bundle.status('keelson') !== 'stopped') await bundle.stands();
      bundle.succeed('keelson', ['delete', id]);
      assert.ok(!existsSync(`/sys/fs/cgroup/${id}`));
    });

    test('goes on after --leave-running and --pre-dump, and what follows needs the memory that changed alone', async () => {
      const [whole, parent, path] = [newImages(), newImages(), newImages()];
      run('keelson');
      await bundle.count();
      checkpoint('keelson', whole, '--leave-running');
      assert.equal(bundle.status('keelson'), 'running');
      await bundle.count(bundle.number);
      const again = bundle.call('keelson', ['restore', '--detach', '--image-path', whole, id]);
      assert.equal(again.status, 1);
      assert.match(again.log, /container with given ID already exists/);

      checkpoint('keelson', parent, '--pre-dump');
      const between = await bundle.count(bundle.number);
      checkpoint('keelson', path, '--parent-path', `../${parent.split('/').at(-1)}`);
      assert.ok(existsSync(join(path, 'parent')));

      const restored = bundle.start('keelson', ['restore', '--image-path', path, id]);
      assert.ok((await bundle.count(bundle.number)) > between);
      assert.equal(bundle.status('keelson'), 'running');
      bundle.stop();
      assert.equal(await restored.ended, 7, restored.log());
      assert.equal(bundle.status('keelson'), 'none');
    });

    for (const runtime of ['runc', 'keelson'] as const) {
      test(`begins without its memory, which follows when it is used, by ${runtime}`, async () => {
        const [path, other, port] = [newImages(), `${id}-lazy`, await freePort()];
        const status = bundle.path(`status-${runtime}`);
        run(runtime);
        const before = await bundle.count(3);
        const lazy = ['--lazy-pages', '--image-path', path];
        const served = ['--page-server', `127.0.0.1:${port}`, '--status-fd', '3', '--work-path', `${path}-dump`];
        const descriptor = openSync(status, 'w');
        const dump = bundle.start(
          runtime,
          ['checkpoint', ...lazy, ...served, id],
          ['ignore', 'ignore', 'ignore', descriptor],
        );
        closeSync(descriptor);
        const log = () =>
          `${dump.log()}\n${existsSync(`${path}-dump/dump.log`) ? readFileSync(`${path}-dump/dump.log`, 'utf8').slice(-2000) : ''}`;
        await until(() => statSync(status).size > 0 || dump.child.exitCode !== null);
        assert.deepEqual([...readFileSync(status)], [0], log());
        mkdirSync(`${path}-work`);
        const address = ['--page-server', '--address', '127.0.0.1', '--port', String(port)];
        const pages = spawn('criu', ['lazy-pages', ...address, '-D', path, '-W', `${path}-work`], { stdio: 'ignore' });
        const ended = once(pages, 'close');
        try {
          await until(() => existsSync(`${path}-work/lazy-pages.socket`));
          bundle.useCgroup(other);
          const words = ['restore', ...lazy, '--work-path', `${path}-work`, '--detach', other];
          bundle.succeed(runtime, words, `${path}-work/restore.log`);
          const then = await bundle.count(bundle.number);
          assert.ok(then > before && then < before + 200, `${before} and then ${then}`);
          assert.equal(await dump.ended, 0, log());
          assert.deepEqual(await ended, [0, null]);
          assert.equal(bundle.status(runtime), 'none');
        } finally {
          pages.kill();
          dump.child.kill();
          bundle.clear(runtime, other);
        }
      });

      test(`goes on when nobody can be told that its memory waits, by ${runtime}`, async () => {
        run(runtime);
        await bundle.count();
        for (const [descriptor, text] of [
          ['55', /invalid --status-fd argument 55: bad file descriptor/],
          ['0', /invalid --status-fd argument 0: not writable/],
        ] as const) {
          const words = ['checkpoint', '--lazy-pages', '--status-fd', descriptor, '--image-path', newImages(), id];
          const { status, log } = bundle.call(runtime, words, {
            stdio: [openSync('/dev/null', 'r'), 'ignore', 'ignore'],
          });
          assert.equal(status, 1);
          assert.match(log, text);
        }
        await bundle.count(bundle.number);
      });
    }

    test('is saved and restored as a file says that its annotation names', async () => {
      const [path, file] = [newImages(), bundle.path('criu.conf')];
      writeFileSync(file, 'log-file named.log\n');
      bundle.change((spec) => {
        spec.annotations = { 'org.criu.config': file };
      });
      run('keelson');
      await bundle.count();
      checkpoint('keelson', path);
      assert.ok(existsSync(`${path}-work/named.log`));
      rmSync(`${path}-work/named.log`);
      restore('keelson', path);
      await bundle.count(bundle.number);
      assert.ok(existsSync(`${path}-work/named.log`));
    });

    test('of which criu cannot save a file runs on, and the error says why', async () => {
      const path = newImages();
      const stdio = ['ignore', 'ignore', openSync(bundle.path('output'), 'w')] as const;
      assert.equal(bundle.call('keelson', ['run', '--detach', id], { stdio: [...stdio] }).status, 0);
      await bundle.count();
      const { status, log } = bundle.call('keelson', ['checkpoint', '--image-path', path, id]);
      assert.equal(status, 1);
      assert.match(log, /criu failed: type DUMP errno .*Error \(criu\/.*log file: .*\/dump\.log/);
      assert.equal(bundle.status('keelson'), 'running');
      await bundle.count(bundle.number);
    });
  });
}
