/**
 * The image makes /proc a link to a folder that it controls, so that a mount of procfs, the masks over it and what is
 * written through it go elsewhere: CVE-2019-19921, again as CVE-2023-27561, and without the masks CVE-2023-28642.
 * runc 1.1.5 refuses a link that it sees, as we do.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from '../../../src/spec/index.ts';
import { openAttackWorld, race, victim, volumeAt } from './attack-world.ts';

/**
 * Opening alone changes nothing; that a file can be opened for writing is what a mask or a read-only path forbids. From
 * inside the folder, so that no link is followed any more.
 */
const PROBE = [
  'cd /proc',
  'test "$(stat -f -c %t .)" = 9fa0 || exit',
  '(: >> sysrq-trigger) 2>/dev/null && echo ESCAPED-sysrq',
  '(: >> sys/kernel/core_pattern) 2>/dev/null && echo ESCAPED-core-pattern',
  'test -c keys || echo ESCAPED-keys',
  'echo done',
].join('; ');

function withProcLink(name: string, target: (world: ReturnType<typeof openAttackWorld>) => string) {
  const world = openAttackWorld(name);
  rmdirSync(join(world.root, 'proc'));
  symlinkSync(target(world), join(world.root, 'proc'));
  return world;
}

/** A folder with all that is hidden or made read-only in /proc, to be hidden in its place. */
function imitateProc(folder: string): void {
  mkdirSync(folder);
  for (const path of [...DEFAULT_MASKED_PATHS, ...DEFAULT_READONLY_PATHS]) {
    const kind = path.startsWith('/proc/') && statSync(path, { throwIfNoEntry: false });
    if (!kind) continue;
    const imitation = join(folder, path.slice('/proc/'.length));
    if (kind.isDirectory()) mkdirSync(imitation);
    else writeFileSync(imitation, '');
  }
}

describe('/proc of the image is a link', () => {
  test('CVE-2019-19921, CVE-2023-27561: into a volume', () => {
    const world = withProcLink('proc-volume', () => '/vol/proc');
    mkdirSync(join(world.volume, 'proc/sys'), { recursive: true });
    const spec = victim(world, PROBE);
    const { exitCode, stdout, stderr } = world.run({
      ...spec,
      mounts: [volumeAt(world, '/vol'), ...(spec.mounts ?? [])],
    });
    assert.equal(exitCode, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /make \/proc a plain folder|ELOOP|ENOTDIR/);
  });

  for (const destination of ['/proc', 'proc', '//proc', '/./proc/', '/x/../proc']) {
    test(`CVE-2023-28642: mounted at ${JSON.stringify(destination)}, a link to a folder of the host`, async () => {
      const world = withProcLink(`proc-link-${destination.length}`, ({ canary }) => canary);
      // What the link means inside the root is there as well, so that a look-up in the root finds a folder.
      mkdirSync(join(world.root, world.canary), { recursive: true });
      const spec = victim(world, PROBE);
      const { refused, stdout } = await world.launch({
        ...spec,
        mounts: (spec.mounts ?? []).map((mount) => (mount.destination === '/proc' ? { ...mount, destination } : mount)),
      });
      assert.equal(stdout, '');
      assert.equal(refused, true);
      world.assertUntouched();
    });
  }

  test('CVE-2023-27561 as a race: a folder and a link change places while the container starts', async () => {
    const world = openAttackWorld('proc-race');
    const link = join(world.root, 'proc-link');
    imitateProc(join(world.root, 'fake'));
    symlinkSync('fake', link);
    await race(world, {
      paths: [join(world.root, 'proc'), link],
      outcomes: ['started', 'refused'],
      async attempt() {
        const result = await world.launch(victim(world, PROBE));
        if (result.refused) return 'refused';
        // The link may be there again when the program looks: then it sees an empty folder, and no procfs.
        assert.doesNotMatch(result.stdout, /ESCAPED/);
        return 'started';
      },
    });
  });
});
