/** Containers of an ordinary user who has no systemd. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { specOf } from '../differential/bundles.ts';
import { makeRoot } from '../differential/make-root.ts';
import { BUNDLE } from './systemd-containers.ts';

const USER = 'tester';
const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' })));
const folder = mkdtempSync(`/home/${USER}/systemd-`);
const id = `user-${process.pid}`;

/** As rootless engines call a runtime: as root of a user namespace. */
function run(words: readonly string[], env: Readonly<Record<string, string>>) {
  const before = ['--reuid', USER, '--regid', USER, '--clear-groups', 'env', '-i', `PATH=${process.env.PATH}`];
  const inside = [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    process.execPath,
    BUNDLE,
    '--root',
    `${folder}/state`,
  ];
  const args = [...before, ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...inside, ...words];
  return spawnSync('setpriv', args, { encoding: 'utf8', timeout: 120_000, input: '' });
}

before(() => {
  chownSync(folder, uid, gid);
  const root = makeRoot(join(folder, 'root'));
  const script = 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max';
  const spec = specOf({ name: id, script: `/bin/busybox --install -s /tmp; PATH=/tmp; ${script}` }, root);
  // Nobody but root has group 5 in the user namespace.
  const mounts = spec.mounts?.map((mount) => ({
    ...mount,
    options: mount.options?.filter((o) => !o.startsWith('gid=')),
  }));
  const resources = { memory: { limit: 2 ** 26 }, pids: { limit: 50 } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...spec, mounts, linux: { ...spec.linux, resources } }));
  execFileSync('chown', ['-R', `${USER}:`, folder]);
});

after(() => {
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true });
});

describe("an ordinary user's container", { concurrency: 1 }, () => {
  test('without a systemd of the user it is an error that says so', () => {
    const { status, stderr } = run(['--systemd-cgroup', 'run', '--bundle', folder, id], {});
    assert.equal(status, 1);
    assert.match(stderr, /cannot reach the user's systemd: XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS are not set/);
  });
});
