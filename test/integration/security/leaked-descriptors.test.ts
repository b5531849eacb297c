/**
 * CVE-2024-21626: a descriptor of the host is open while the runtime goes to the container's working directory, which is
 * /proc/self/fd/N. runc before 1.1.12 leaked one of /sys/fs/cgroup, and a program in that folder climbs to the host by `..`. Here the
 * caller leaks descriptors as well, and the folder need not be there: a runtime that makes it does so on the host.
 */
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { openAttackWorld, SECRET, victim } from './attack-world.ts';

/** Above all that the runtime opens, which would take the place of a lower one. */
const LEAKED = 99;

describe('CVE-2024-21626: the working directory is a descriptor of the host', () => {
  const world = openAttackWorld('leaked');
  const leaked = openSync(world.canary, 'r');
  after(() => closeSync(leaked));

  const climb = 'cat file canary/file ../canary/file 2>/dev/null; ls /proc/self/cwd/ 2>/dev/null; true';
  const inside = (cwd: string) => {
    const spec = victim(world, climb);
    return { ...spec, process: { ...spec.process, cwd } };
  };
  const assertNoEscape = (output: string) => {
    assert.equal(output.includes(SECRET), false);
    assert.equal(output.includes('canary'), false);
    world.assertUntouched();
  };

  for (const cwd of [`/proc/self/fd/${LEAKED}`, `/proc/self/fd/${LEAKED}/..`, `/proc/self/fd/${LEAKED}/made/deep`]) {
    test(`run in ${cwd}`, () => {
      const { exitCode, stdout } = world.run(inside(cwd), { leaked: { [LEAKED]: leaked } });
      assertNoEscape(stdout);
      assert.notEqual(exitCode, 0);
    });
  }

  test('run in any descriptor that the runtime itself has open', async () => {
    // One after the other: not one may lead out. Which of them are there is no business of this test.
    for (let fd = 3; fd < 30; fd++) {
      const result = await world.launch(inside(`/proc/self/fd/${fd}/made`));
      assertNoEscape(result.stdout);
    }
  });

  test('exec --cwd', () => {
    const id = world.start(victim(world, 'sleep 1000'));
    for (const cwd of [
      `/proc/self/fd/${LEAKED}`,
      `/proc/self/fd/${LEAKED}/made`,
      '/proc/1/cwd/made',
      '/proc/self/fd/3',
    ]) {
      const { exitCode, stdout } = world.runtime(['exec', '--cwd', cwd, id, 'sh', '-c', climb], {
        leaked: { [LEAKED]: leaked },
      });
      assertNoEscape(stdout);
      if (cwd.includes('fd')) assert.notEqual(exitCode, 0, cwd);
    }
    // Whatever was opened to enter must not have come along.
    const { stdout } = world.runtime(['exec', id, 'sh', '-c', 'ls -l /proc/self/fd'], { leaked: { [LEAKED]: leaked } });
    assert.deepEqual(descriptors(stdout), ['0', '1', '2']);
  });

  test('none of the caller or the runtime is left for the program', () => {
    const { stdout } = world.run(victim(world, 'ls -l /proc/self/fd'), { leaked: { 5: leaked, [LEAKED]: leaked } });
    assert.deepEqual(descriptors(stdout), ['0', '1', '2']);
  });
});

/** Numbers that lead somewhere but to the folder that `ls` itself reads. */
function descriptors(listing: string): string[] {
  return [...listing.matchAll(/ (\d+) -> (.*)$/gm)]
    .filter(([, , to = '']) => !/^\/proc\/\d+\/fd$/.test(to))
    .map(([, fd = '']) => fd);
}
