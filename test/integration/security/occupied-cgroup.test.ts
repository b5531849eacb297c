/**
 * A bundle names the cgroup of somebody else. Whoever cleans up after the start that fails must not end what is in there,
 * nor remove it: a container would be killed by any bundle that names its cgroup, or the whole host by one that names `/`.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runs, until } from '../agent/processes.ts';
import { openAttackWorld, victim } from './attack-world.ts';

const CGROUPS = '/sys/fs/cgroup';

describe("somebody else's cgroup in a bundle", () => {
  const world = openAttackWorld('occupied');
  const name = `keelson-occupied-${process.pid}`;
  const parents = [CGROUPS, ...readdirSync(CGROUPS).map((entry) => join(CGROUPS, entry))];
  const folders = parents.filter((path) => existsSync(join(path, 'cgroup.procs'))).map((path) => join(path, name));
  const neighbour = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const pid = neighbour.pid ?? 0;
  for (const path of folders) {
    mkdirSync(path);
    if (path.includes('/cpuset/'))
      for (const file of ['cpus', 'mems']) writeFileSync(join(path, `cpuset.${file}`), '0');
    writeFileSync(join(path, 'cgroup.procs'), String(pid));
  }
  after(async () => {
    neighbour.kill('SIGKILL');
    await until(() => !runs(pid), 'the neighbour has ended');
    for (const path of folders) if (existsSync(path)) rmdirSync(path);
  });

  for (const cgroupsPath of [`/${name}`, `//${name}/.`]) {
    test(`${cgroupsPath.replace(name, 'NAME')} is refused, and the neighbour lives`, () => {
      const spec = victim(world, 'true');
      const { exitCode, stderr } = world.run({ ...spec, linux: { ...spec.linux, cgroupsPath } });
      assert.equal(runs(pid), true);
      assert.equal(exitCode, 1, stderr);
      assert.deepEqual(
        folders.filter((path) => !existsSync(path)),
        [],
      );
    });
  }

  for (const cgroupsPath of ['/', '/.', '//', '.']) {
    test(`${cgroupsPath} is refused by itself`, async () => {
      const spec = victim(world, 'true');
      const { refused } = await world.launch({ ...spec, linux: { ...spec.linux, cgroupsPath } });
      assert.equal(refused, true);
    });
  }
});
