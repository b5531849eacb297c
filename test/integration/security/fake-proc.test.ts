/**
 * A folder of a volume in the place of /proc, or of a part of it: what the runtime writes there, the label of the process
 * and its sysctls, is swallowed or led elsewhere. CVE-2019-16884 (a volume at /proc), CVE-2025-52881 (redirected by links
 * and mounts). runc 1.1.5 refuses destinations below /proc as well, but writes sysctls through what lies there by path.
 */
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openAttackWorld, victim, volumeAt } from './attack-world.ts';

const SYSCTL = { 'net.ipv4.ip_forward': '1' };

/** A volume that looks like /proc/sys, whose file of the sysctl is the canary's own. */
function withFakeProc(name: string) {
  const world = openAttackWorld(name);
  const folder = join(world.volume, 'sys/net/ipv4');
  mkdirSync(folder, { recursive: true });
  linkSync(join(world.canary, 'file'), join(folder, 'ip_forward'));
  return world;
}

describe('a volume in the place of /proc', () => {
  test('CVE-2019-16884: as the command line says it', () => {
    const world = withFakeProc('fake-proc');
    const { exitCode, stdout, stderr } = world.run(
      victim(world, 'echo started', { mounts: [volumeAt(world, '/proc')] }),
    );
    assert.deepEqual({ exitCode, stdout }, { exitCode: 1, stdout: '' });
    assert.match(stderr, /mounts\[\d+\]\.destination is \/proc/);
  });

  for (const destination of ['/proc', 'proc', '/proc/', '/proc/sys/..', '/x/../proc']) {
    test(`CVE-2019-16884: at ${destination}`, async () => {
      const world = withFakeProc('fake-proc');
      const spec = victim(world, 'echo started', { mounts: [volumeAt(world, destination)] });
      const { refused, stderr } = await world.launch({ ...spec, linux: { ...spec.linux, sysctl: SYSCTL } });
      world.assertUntouched();
      assert.equal(refused, true);
      assert.match(stderr, /is \/proc, where only/);
    });
  }

  for (const destination of ['/proc/self/attr', '/proc/sys/net', '/proc/1', '/proc/../proc/thread-self/attr']) {
    test(`CVE-2019-16884: over a part of it, at ${destination}`, async () => {
      const world = withFakeProc('proc-part');
      for (const type of ['bind', 'tmpfs']) {
        const mount = { ...volumeAt(world, destination), type, options: type === 'bind' ? ['rbind'] : [] };
        const { refused, stderr } = await world.launch(victim(world, 'echo started', { mounts: [mount] }));
        assert.equal(refused, true);
        assert.match(stderr, /inside \/proc/);
      }
    });
  }

  test('files that lxcfs replaces can be mounted', async () => {
    const world = openAttackWorld('lxcfs');
    writeFileSync(join(world.volume, 'uptime'), '1.00 1.00\n');
    const mount = { ...volumeAt(world, '/proc/uptime'), source: join(world.volume, 'uptime') };
    const { stdout } = await world.launch(victim(world, 'cat /proc/uptime', { mounts: [mount] }));
    assert.equal(stdout, '1.00 1.00\n');
  });

  test('CVE-2025-52881: a link of the image leads a mount below /proc, where a sysctl is written', async () => {
    const world = withFakeProc('proc-by-link');
    symlinkSync('/proc/sys/net', join(world.root, 'net'));
    const mount = { ...volumeAt(world, '/net'), source: join(world.volume, 'sys/net') };
    const spec = victim(world, 'cat /proc/sys/net/ipv4/ip_forward', { mounts: [mount] });
    const { refused } = await world.launch({ ...spec, linux: { ...spec.linux, sysctl: SYSCTL } });
    world.assertUntouched();
    assert.equal(refused, true);
  });

  test('CVE-2025-52881: the file of the sysctl is another one of /proc', async () => {
    const world = openAttackWorld('proc-other');
    // What crashes the machine or leads to code of the host's, were it written: here a file that takes anything.
    const target = `/proc/${process.pid}/comm`;
    const before = readFileSync(target, 'utf8');
    symlinkSync('/proc/sys/net/ipv4', join(world.root, 'net'));
    const mount = { ...volumeAt(world, '/net/ip_forward'), source: target, options: ['bind'] };
    const spec = victim(world, 'true', { mounts: [mount] });
    const { refused } = await world.launch({ ...spec, linux: { ...spec.linux, sysctl: SYSCTL } });
    assert.equal(refused, true);
    assert.equal(readFileSync(target, 'utf8'), before);
  });
});
