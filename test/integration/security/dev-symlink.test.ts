/**
 * The image's /dev, or something in it, is a link, and the container has no /dev of its own. CVE-2026-41579: runc made the
 * default devices and links where it leads, on the host (runc 1.1.5 removes a file `ptmx` there and makes five links). CVE-2025-52565: /dev/console is mounted over what is there.
 * CVE-2026-88264 and CVE-2026-88265: crun did so through a link, and opened and gave away what /dev/null leads to.
 */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launch, openRuntime, setUpCgroup } from '../../../src/runtime/index.ts';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { type AttackWorld, openAttackWorld, race, victim } from './attack-world.ts';

const DEV = ['/dev', '/dev/pts', '/dev/mqueue', '/dev/shm'];

/** Two ways in which the link can be meant: an absolute one, and one that climbs out of the root. */
const LINKS = {
  absolute: ({ canary }: AttackWorld) => canary,
  relative: () => '../canary',
  climbing: ({ canary }: AttackWorld) => `../../../../../../..${canary}`,
};

function withDevices(spec: RuntimeSpec): RuntimeSpec {
  const devices = [{ path: '/dev/null', type: 'c' as const, major: 1, minor: 3 }];
  return { ...spec, linux: { ...spec.linux, devices } };
}

describe('CVE-2026-41579: /dev of the image is a link to a folder of the host', () => {
  for (const [kind, target] of Object.entries(LINKS)) {
    for (const without of [[], DEV, DEV.slice(0, 1)]) {
      test(`${kind}, ${without.length === 0 ? 'with all mounts' : `without ${without.join(', ')}`}`, async () => {
        const world = openAttackWorld('dev-link');
        // The file that runc removed.
        writeFileSync(join(world.root, 'tmp/ptmx'), '');
        rmdirSync(join(world.root, 'dev'));
        symlinkSync(target(world), join(world.root, 'dev'));
        mkdirSync(join(world.root, world.canary), { recursive: true });
        const { refused, stderr } = await world.launch(withDevices(victim(world, 'true', { without })));
        world.assertUntouched();
        assert.equal(refused, true);
        assert.match(stderr, /\/dev/);
      });
    }
  }

  test('by create, as the command line says it', () => {
    const world = openAttackWorld('dev-create');
    rmdirSync(join(world.root, 'dev'));
    symlinkSync(world.canary, join(world.root, 'dev'));
    const { exitCode, stderr } = world.run(victim(world, 'true'));
    world.assertUntouched();
    assert.equal(exitCode, 1);
    assert.match(stderr, /\/dev/);
  });

  test('that comes and goes while the container starts', async () => {
    const world = openAttackWorld('dev-race');
    symlinkSync(world.canary, join(world.root, 'dev-link'));
    await race(world, {
      paths: [join(world.root, 'dev'), join(world.root, 'dev-link')],
      outcomes: ['started', 'refused'],
      attempt: async () =>
        (await world.launch(withDevices(victim(world, 'true', { without: DEV })))).refused ? 'refused' : 'started',
    });
    world.assertUntouched();
  });
});

/** Runs with a terminal, /dev being the image's but for devpts. Gives what the program wrote to it. */
async function withTerminal(world: AttackWorld, script: string): Promise<string> {
  await using host = await openRuntime();
  const spec = victim(world, script, { without: ['/dev', '/dev/mqueue', '/dev/shm'] });
  const id = `console-${process.pid}`;
  const stdio = { terminal: { columns: 80, rows: 24 }, stdin: 'none', stdout: 'stream', stderr: 'none' } as const;
  try {
    const launched = await launch(host, { id, spec, root: { kind: 'folder', path: world.root }, stdio });
    let text = '';
    launched.stdout?.on('data', (data) => {
      text += String(data);
    });
    await launched.exited;
    launched.monitor.release();
    return text;
  } catch (error) {
    return `refused ${error}`;
  } finally {
    await setUpCgroup({ id, spec }).remove();
  }
}

describe('CVE-2025-52565, CVE-2026-88264: /dev/console of the image is a link', () => {
  // From inside /dev.
  for (const [kind, target] of Object.entries({ ...LINKS, relative: () => '../../canary' })) {
    // One that is there could only be mounted over, which the host does not see; one that is missing would be made.
    test(`to a file of the host, ${kind}`, async () => {
      const world = openAttackWorld('console');
      symlinkSync(`${target(world)}/missing`, join(world.root, 'dev/console'));
      await withTerminal(world, 'id > /dev/console; chown 1:1 /dev/console; echo over');
      world.assertUntouched();
    });
  }

  test('to a file of procfs: the terminal does not come to lie over it', async () => {
    const world = openAttackWorld('console-proc');
    symlinkSync('/proc/sys/kernel/core_pattern', join(world.root, 'dev/console'));
    const probe =
      'stat -f -c %t /proc/sys/kernel/core_pattern; (: >> /proc/sys/kernel/core_pattern) 2>/dev/null && echo ESCAPED';
    const output = await withTerminal(world, probe);
    assert.match(output, /^refused|^9fa0\r\n$/);
  });
});

test('CVE-2026-88265: /dev/null of the image leads to a file of the host; its owner stays, and nothing comes from it', async () => {
  const world = openAttackWorld('null-stdin');
  symlinkSync(join(world.canary, 'file'), join(world.root, 'dev/null'));
  mkdirSync(join(world.root, world.canary), { recursive: true });
  const inside = join(world.root, world.canary, 'file');
  closeSync(openSync(inside, 'w'));
  const spec = victim(world, 'cat; stat -c %t:%T -L /proc/self/fd/0', { without: DEV });
  const { stdout } = await world.launch({
    ...spec,
    process: { cwd: '/', ...spec.process, user: { uid: 1000, gid: 1000 } },
  });
  world.assertUntouched();
  assert.equal(stdout, '1:3\n');
});
