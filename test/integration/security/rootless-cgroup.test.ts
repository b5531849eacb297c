/**
 * CVE-2023-25809: in a user namespace without a cgroup namespace of its own, the container sees the cgroups of its user on
 * the host, and could write them: /sys is then shown by a bind, and `ro` held for the uppermost mount alone. Our canary is
 * such a cgroup: it belongs to the user that root of the container is outside.
 */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Mount } from '../../../src/spec/index.ts';
import { openAttackWorld, victim } from './attack-world.ts';

const USER = 100_000;
const CGROUPS = '/sys/fs/cgroup';

/** In each hierarchy that a container can see, of either version. */
const canaries = ['unified', 'pids', '.']
  .map((name) => join(CGROUPS, name))
  .filter((path) => existsSync(join(path, 'cgroup.procs')))
  .map((path) => join(path, `keelson-canary-${process.pid}`));

const made = () => canaries.map((path) => join(path, 'made')).filter((path) => existsSync(path));

const sysBind: Mount = {
  destination: '/sys',
  type: 'none',
  source: '/sys',
  options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
};

describe('CVE-2023-25809: the cgroups of the user are out of reach', () => {
  const world = openAttackWorld('rootless-cgroup');
  assert.ok(canaries.length > 0);
  for (const path of canaries) {
    mkdirSync(path);
    for (const name of ['.', 'cgroup.procs']) chownSync(join(path, name), USER, USER);
  }
  after(() => {
    for (const path of [...made(), ...canaries]) rmdirSync(path);
  });

  const script = [
    'for f in $(find /sys/fs/cgroup -maxdepth 3 -type d -name "keelson-canary-*"); do',
    'echo seen >&2; mkdir $f/made && echo ESCAPED; (: >> $f/cgroup.procs) && echo ESCAPED; done 2>/dev/null;',
    'id -u',
  ].join(' ');

  for (const [what, { mounts, network }] of Object.entries({
    'a bound /sys': {
      mounts: (usual: Mount[]) => [...usual.filter(({ destination }) => !destination.startsWith('/sys')), sysBind],
      network: true,
    },
    'a bound /sys and a cgroup mount': {
      mounts: (usual: Mount[]) => usual.map((mount) => (mount.destination === '/sys' ? sysBind : mount)),
      network: true,
    },
    'the /sys that is shown without a network namespace': {
      mounts: (usual: Mount[]) => usual.filter(({ destination }) => destination !== '/sys/fs/cgroup'),
      network: false,
    },
    'the usual mounts': { mounts: (usual: Mount[]) => usual, network: true },
  })) {
    test(`with ${what}`, async () => {
      const spec = victim(world, script);
      const map = [{ containerID: 0, hostID: USER, size: 65_536 }];
      const types = (['mount', 'pid', 'ipc', 'uts', 'user'] as const).map((type) => ({ type }));
      const result = await world.launch({
        ...spec,
        mounts: mounts([...(spec.mounts ?? [])]),
        linux: {
          ...spec.linux,
          namespaces: [...types, ...(network ? [{ type: 'network' as const }] : [])],
          uidMappings: map,
          gidMappings: map,
        },
      });
      assert.equal(result.stdout, '0\n', result.stderr);
      assert.deepEqual(made(), []);
    });
  }
});
