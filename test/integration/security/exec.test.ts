/** Attacks on `exec`: a process of the host enters a container that the attacker already has. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { launch, openRuntime, setUpCgroup } from '../../../src/runtime/index.ts';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { until } from '../agent/processes.ts';
import { compile, openAttackWorld, SECRET, victim } from './attack-world.ts';

const ROOT_OF_PROJECT = join(import.meta.dirname, '../../..');

/**
 * CVE-2019-5736: while the runtime enters, the container opens its program by /proc/PID/exe, and overwrites it once it has
 * gone. The deterministic form makes the runtime execute itself in there: the program is /proc/self/exe. Ours is a sealed
 * copy in memory (runc 1.1.5: the same), which cannot be looked at either until it has become the container's program.
 */
describe('CVE-2019-5736: overwriting the runtime through /proc/self/exe', () => {
  const world = openAttackWorld('steal-exe');
  compile('steal-exe', join(world.root, 'bin/steal-exe'));
  writeFileSync(join(world.root, 'bin/self'), '#!/proc/self/exe\n');
  chmodSync(join(world.root, 'bin/self'), 0o755);
  const programs = ['bin/keelson-runtime', 'build/keelson-agent', 'node_modules/node/bin/node'].map((path) =>
    join(ROOT_OF_PROJECT, path),
  );
  const sums = () => programs.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));

  test('by whoever watches from the start, with the right to trace', async () => {
    const before = sums();
    const out = join(world.root, 'tmp/out');
    const id = world.start(victim(world, 'exec steal-exe /bin/busybox > /tmp/out'));
    await until(() => readFileSync(out, 'utf8').includes('ready'), 'the attacker is ready');
    for (const program of ['true', '/bin/self', '/proc/self/exe', 'self']) world.runtime(['exec', id, program]);
    const seen = readFileSync(out, 'utf8');
    assert.match(seen, /sealed .*keelson-agent/, 'the attacker caught the runtime in the act');
    assert.doesNotMatch(seen, /ESCAPED/);
    assert.deepEqual(sums(), before);
  });
});

describe('CVE-2022-29162: inheritable capabilities nobody asked for', () => {
  const world = openAttackWorld('inheritable');
  const canary = join(world.root, 'tmp/canary');
  writeFileSync(canary, SECRET, { mode: 0o600 });
  // Of a file with this inheritable capability a process gets it, if it has it among its own inheritable ones.
  const tool = join(world.root, 'bin/readable');
  copyFileSync('/bin/busybox', tool);
  execFileSync('setcap', ['cap_dac_override+ei', tool]);
  const script = 'grep ^CapInh /proc/self/status; exec /bin/readable cat /tmp/canary';
  const asUser = (spec: RuntimeSpec) => ({
    ...spec,
    process: { cwd: '/', ...spec.process, user: { uid: 1000, gid: 1000 } },
  });
  const assertNone = ({ stdout }: { stdout: string }) => assert.equal(stdout, 'CapInh:\t0000000000000000\n');

  test('run', async () => assertNone(await world.launch(asUser(victim(world, script)))));

  test('exec, also with --cap', () => {
    const id = world.start(victim(world, 'sleep 1000'));
    const exec = (...flags: string[]) => world.runtime(['exec', '--user', '1000', ...flags, id, 'sh', '-c', script]);
    assertNone(exec());
    assertNone(exec('--cap', 'CAP_DAC_OVERRIDE'));
  });
});

/**
 * CVE-2026-30892: crun took `-u 1` for 0. CVE-2026-46680, CVE-2024-40635: engines cut 2^32 to 0. The id 2^32-1 tells
 * setresuid(2) to leave the user as it is, which is root; runc 1.1.5 refuses it as well.
 */
describe('a user that is read as root', () => {
  const world = openAttackWorld('users');

  test('CVE-2026-30892: exec -u 1', () => {
    const id = world.start(victim(world, 'sleep 1000'));
    const ids = (user: string) => world.runtime(['exec', '-u', user, id, 'sh', '-c', 'id -u; id -g']);
    assert.equal(ids('1').stdout, '1\n0\n');
    assert.equal(ids('1:1').stdout, '1\n1\n');
    for (const user of ['4294967295', '4294967296', '-1', '', '1:4294967296', 'root', '18446744073709551616']) {
      const { exitCode, stdout } = ids(user);
      assert.deepEqual({ user, exitCode, stdout }, { user, exitCode: 255, stdout: '' });
    }
  });

  for (const uid of [2 ** 32 - 1, 2 ** 32, -1, 2 ** 64, 0.5]) {
    test(`CVE-2026-46680: ${uid} in config.json`, async () => {
      for (const user of [
        { uid, gid: 1 },
        { uid: 1, gid: uid },
        { uid: 1, gid: 1, additionalGids: [uid] },
      ]) {
        const spec = victim(world, 'id -u');
        const result = await world.launch({ ...spec, process: { cwd: '/', ...spec.process, user } });
        assert.equal(result.refused, true);
        assert.match(result.stderr, /process\.user\..* must be a whole number/);
      }
    });
  }

  /** By a name of the image, or a number that an engine passes on. */
  async function asNamed(user: string) {
    await using host = await openRuntime();
    const spec = victim(world, 'exit $(id -u)');
    const id = `named-${process.pid}`;
    const identity = { user, groups: [] };
    const stdio = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;
    try {
      const launched = await launch(host, { id, spec, root: { kind: 'folder', path: world.root }, identity, stdio });
      const { status } = await launched.exited;
      launched.monitor.release();
      return status;
    } catch (error) {
      return String(error);
    } finally {
      await setUpCgroup({ id, spec }).remove();
    }
  }

  test('CVE-2026-46680: by a line of /etc/passwd, or a number of a command line', async () => {
    execFileSync('mkdir', ['-p', join(world.root, 'etc')]);
    const line = (name: string, uid: string) => `${name}:x:${uid}:1::/:/bin/sh\n`;
    const lines = [line('one', '1'), line('wraps', '4294967296'), line('keeps', '4294967295'), line('minus', '-1')];
    writeFileSync(join(world.root, 'etc/passwd'), lines.join(''));
    assert.notEqual(await asNamed('one'), 0);
    for (const user of ['wraps', 'keeps', 'minus']) assert.match(String(await asNamed(user)), /no user/);
    for (const user of ['4294967296', '4294967295', '18446744073709551616']) {
      assert.match(String(await asNamed(user)), /not between 0 and 4294967294/);
    }
  });
});

test('exec with a label that the host cannot give is refused, and does not run without it', () => {
  const world = openAttackWorld('labels');
  const id = world.start(victim(world, 'sleep 1000'));
  for (const flags of [
    ['--process-label', 'keelson_u:no_r:such_t:s0'],
    ['--apparmor', 'keelson-no-such-profile'],
  ]) {
    const { exitCode, stdout } = world.runtime(['exec', ...flags, id, 'echo', 'ran']);
    assert.notEqual(exitCode, 0);
    assert.equal(stdout, '');
  }
});
