/** A runtime that is killed while systemd makes a unit for it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUNDLE, forgotten, SystemdContainers, withCgroup } from './systemd-containers.ts';

const containers = new SystemdContainers();
after(() => containers[Symbol.asyncDispose]());

const id = `killed-${process.pid}`;
const unit = `killed-${id}.scope`;
const bundle = containers.bundle(id, withCgroup(`:killed:${id}`, { resources: { memory: { limit: 2 ** 26 } } }));
const state = containers.stateFolder('keelson');
const record = join(state, id, 'state.json');

const cgroup = join('/sys/fs/cgroup/system.slice', unit);

/** Before there is a record nothing was made. */
const MOMENTS = [
  { what: 'with its record alone', path: record, wait: 0 },
  { what: 'with its unit', path: cgroup, wait: 0 },
  { what: 'while it sets up what is in the unit', path: cgroup, wait: 100 },
];

for (const { what, path, wait } of MOMENTS) {
  test(`${what}, nothing is left that delete --force does not clear`, async () => {
    const errors = join(containers.folder, 'errors');
    // Node alone: a brain would undo what it had begun.
    const runtime = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', BUNDLE, '--root', state, '--systemd-cgroup', 'create'].concat(
        '--bundle',
        bundle,
        id,
      ),
      { stdio: ['ignore', 'ignore', openSync(errors, 'w')] },
    );
    const ended = new Promise((resolve) => runtime.on('close', resolve));
    while (!existsSync(path)) {
      assert.equal(runtime.exitCode, null, readFileSync(errors, 'utf8'));
      await sleep(1);
    }
    await sleep(wait);
    runtime.kill('SIGKILL');
    await ended;
    const { status, stderr } = containers.call('keelson', 'delete', '--force', id);
    assert.equal(status, 0, stderr);
    assert.equal(await forgotten(unit), true);
    assert.equal(existsSync(cgroup), false);
    assert.equal(existsSync(record), false);
  });
}
