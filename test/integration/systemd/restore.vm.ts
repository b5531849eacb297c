/** A container that is a unit of systemd, over a checkpoint and a restore by criu. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { CountingBundle } from '../checkpoint/counting-bundle.ts';
import { folderOf, forgotten, propertiesOf, settingsIn } from './systemd-containers.ts';

const bundle = new CountingBundle();
const { id } = bundle;
after(() => bundle[Symbol.asyncDispose]());

const limits = { MemoryMax: '67108864', TasksMax: '50' };
const files = { 'memory.max': '67108864', 'pids.max': '50' };

describe('a restored container is a unit with its limits', { concurrency: 1 }, () => {
  for (const runtime of ['runc', 'keelson'] as const) {
    test(`of ${runtime}`, async () => {
      const unit = `restore-${id}.scope`;
      const images = bundle.path(`images-${runtime}`);
      bundle.change((spec) => {
        const resources = { memory: { limit: 2 ** 26 }, pids: { limit: 50 } };
        spec.linux = { ...spec.linux, cgroupsPath: `keelson-test.slice:restore:${id}`, resources };
      });
      const check = () => {
        const { MemoryMax = '', TasksMax = '', Slice: slice } = propertiesOf(unit);
        assert.deepEqual({ MemoryMax, TasksMax, slice }, { ...limits, slice: 'keelson-test.slice' });
        const folder = folderOf(unit);
        const { 'memory.max': memory, 'pids.max': pids } = settingsIn(folder);
        assert.deepEqual({ 'memory.max': memory, 'pids.max': pids }, files);
        const pid = JSON.parse(bundle.ask(runtime, 'state', id).stdout).pid;
        const processes = readFileSync(`${folder}/cgroup.procs`, 'utf8').trim().split('\n');
        assert.ok(processes.includes(String(pid)), `${pid} of ${processes}`);
        return folder;
      };
      bundle.succeed(runtime, ['--systemd-cgroup', 'run', '--detach', id]);
      const before = await bundle.count(3);
      const folder = check();
      bundle.succeed(runtime, ['checkpoint', '--image-path', images, id], `${images}/dump.log`);
      assert.equal(await forgotten(unit), true);
      assert.equal(existsSync(folder), false);
      const words = ['--systemd-cgroup', 'restore', '--detach', '--image-path', images, id];
      bundle.succeed(runtime, words, `${images}/restore.log`);
      const then = await bundle.count(bundle.number);
      assert.ok(then > before && then < before + 200, `${before} and then ${then}`);
      check();
      bundle.succeed(runtime, ['delete', '--force', id]);
      assert.equal(await forgotten(unit), true);
      bundle.clear(runtime);
    });
  }
});
