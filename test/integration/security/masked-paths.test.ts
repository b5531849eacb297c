/**
 * CVE-2025-31133: the image's /dev/null is a link, and a runtime that masks files by mounting its /dev/null over them mounts
 * what the link leads to: nothing is hidden, or a file of procfs can be written. runc did so before 1.2.8; a
 * container of Docker has a /dev of its own, so the attack needs a race or a bundle without one.
 */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type AttackWorld, openAttackWorld, race, SECRET, victim, volumeAt } from './attack-world.ts';

const DEV = ['/dev', '/dev/pts', '/dev/mqueue', '/dev/shm'];
/** Major and minor number of what covers the file. */
const PROBE = 'stat -c %t:%T /proc/keys; cat /proc/keys';

function masked(world: AttackWorld, script = PROBE) {
  const spec = victim(world, script, { mounts: [volumeAt(world, '/vol')], without: DEV });
  return { ...spec, linux: { ...spec.linux, maskedPaths: ['/proc/keys', '/vol/hidden'] } };
}

describe('CVE-2025-31133: /dev/null of the image is a link', () => {
  for (const target of ['/proc/sys/kernel/core_pattern', '/bin/busybox', '/vol/shown', '/missing']) {
    test(`to ${target}`, async () => {
      const world = openAttackWorld(`null-${target.length}`);
      symlinkSync(target, join(world.root, 'dev/null'));
      writeFileSync(join(world.volume, 'shown'), SECRET);
      writeFileSync(join(world.volume, 'hidden'), SECRET);
      const { stdout, stderr } = await world.launch(masked(world, `${PROBE}; cat /vol/hidden`));
      assert.equal(stdout, '1:3\n', stderr);
    });
  }

  test('that comes and goes while the container starts', async () => {
    const world = openAttackWorld('null-race');
    writeFileSync(join(world.root, 'dev/null'), '');
    symlinkSync('/proc/sys/kernel/core_pattern', join(world.root, 'dev/link'));
    await race(world, {
      paths: [join(world.root, 'dev/null'), join(world.root, 'dev/link')],
      outcomes: ['1:3\n'],
      async attempt() {
        const result = await world.launch(masked(world));
        return result.stdout || result.stderr;
      },
    });
  });
});
