/**
 * Two containers share a volume. One exchanges a folder in it for a link to the host while the other is made, so that what
 * is mounted or made below that folder lands on the host: CVE-2021-30465 (the mount itself), CVE-2024-45310 (the folders
 * and files that a runtime makes for it). runc before 1.1.14 makes the latter on the host if it loses the race.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Mount, RuntimeSpec } from '../../../src/spec/index.ts';
import { type AttackWorld, openAttackWorld, race, SECRET, victim, volumeAt } from './attack-world.ts';

const tmpfs = (destination: string): Mount => ({ destination, type: 'tmpfs', source: 'tmpfs' });

/** What a start does below a folder of the volume. */
const attacks: readonly { cve: string; what: string; mounts(world: AttackWorld, trap: string): Mount[] }[] = [
  {
    cve: 'CVE-2021-30465',
    what: 'a volume',
    mounts: (world, trap) => [{ ...volumeAt(world, `${trap}/deep`), source: join(world.folder, 'other') }],
  },
  { cve: 'CVE-2024-45310', what: 'folders on the way to a mount', mounts: (_, trap) => [tmpfs(`${trap}/a/b/c`)] },
  {
    cve: 'CVE-2024-45310',
    what: 'a file to mount on',
    mounts: (world, trap) => [
      { destination: `${trap}/new`, type: 'bind', source: join(world.folder, 'other/file'), options: ['bind'] },
    ],
  },
  {
    cve: 'CVE-2026-41579',
    what: 'a device node',
    mounts: () => [],
  },
];

function trapped(name: string): AttackWorld {
  const world = openAttackWorld(name);
  mkdirSync(join(world.volume, 'folder'));
  symlinkSync(world.canary, join(world.volume, 'link'));
  mkdirSync(join(world.folder, 'other'));
  writeFileSync(join(world.folder, 'other/file'), '');
  return world;
}

function attacked(world: AttackWorld, { cve, mounts }: (typeof attacks)[number], trap: string): RuntimeSpec {
  const spec = victim(world, `cat ${trap}/file`, { mounts: [volumeAt(world, '/vol'), ...mounts(world, trap)] });
  if (cve !== 'CVE-2026-41579') return spec;
  const devices = [{ path: `${trap}/null`, type: 'c' as const, major: 1, minor: 3 }];
  return { ...spec, linux: { ...spec.linux, devices } };
}

describe('a folder of a shared volume becomes a link to the host', { concurrency: 1 }, () => {
  for (const [index, attack] of attacks.entries()) {
    test(`${attack.cve}: ${attack.what}, the link being there already`, async () => {
      const world = trapped(`mount-link-${index}`);
      const { refused, stdout } = await world.launch(attacked(world, attack, '/vol/link'));
      world.assertUntouched();
      assert.equal(stdout.includes(SECRET), false);
      assert.equal(refused, true);
    });

    test(`${attack.cve}: ${attack.what}, the link coming while the container starts`, async () => {
      const world = trapped(`mount-race-${index}`);
      await race(world, {
        paths: [join(world.volume, 'folder'), join(world.volume, 'link')],
        outcomes: ['started', 'refused'],
        async attempt() {
          const result = await world.launch(attacked(world, attack, '/vol/folder'));
          if (result.refused) return 'refused';
          assert.equal(result.stdout.includes(SECRET), false);
          return 'started';
        },
      });
      world.assertUntouched();
      assert.ok(readdirSync(world.volume).includes('folder'));
    });
  }
});
