import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Mount, RuntimeSpec } from '../../../src/spec/index.ts';
import { MOUNT_OPTION_NAMES } from '../../../src/spec/index.ts';
import { openBusybox } from './run-busybox.ts';

const busybox = openBusybox('mount-options');
const source = mkdtempSync(join(tmpdir(), 'keelson-mount-source-'));
const below = join(source, 'below');
/** Mounted there: of the same file system, as tmpfs can map ids since Linux 6.3 alone. */
const lower = mkdtempSync(join(tmpdir(), 'keelson-mount-lower-'));

// A mount below the source, for the options that reach it and those that do not.
before(() => {
  chmodSync(source, 0o755);
  mkdirSync(below, { recursive: true });
  chmodSync(lower, 0o755);
  execFileSync('mount', ['--bind', lower, below]);
  writeFileSync(join(below, 'file'), 'below\n');
});
after(() => {
  execFileSync('umount', [below]);
  // no-mount-below: unmounted just now
  for (const path of [source, lower]) rmSync(path, { recursive: true });
});

const withMounts =
  (...mounts: Mount[]) =>
  (spec: RuntimeSpec): RuntimeSpec => ({
    ...spec,
    mounts: [...(spec.mounts ?? []), ...mounts],
  });

/** Options of the mounts at /data and below it, as the kernel tells them. */
async function optionsOf(mount: Omit<Mount, 'destination'>): Promise<string[][]> {
  const script = `awk '$5 == "/data" || $5 == "/data/below" { print $6 }' /proc/self/mountinfo`;
  const { exitCode, stdout, stderr } = await busybox.run(script, withMounts({ ...mount, destination: '/data' }));
  assert.equal(exitCode, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}

/** What mountinfo shows for an option that sets something. */
const SHOWN = ['ro', 'nosuid', 'nodev', 'noexec', 'nodiratime', 'nosymfollow', 'noatime'] as const;
/** The option that takes it back. */
const CLEARING = ['rw', 'suid', 'dev', 'exec', 'diratime', 'symfollow', 'atime'] as const;

describe('options of a bind mount', { concurrency: 1 }, () => {
  for (const [index, option] of SHOWN.entries()) {
    test(`${option} is for it alone, r${option} for all below, and r${CLEARING[index]} takes it back`, async () => {
      const bind = (...options: string[]) => optionsOf({ source, options: ['rbind', ...options] });
      const [own = [], lower = []] = await bind(option);
      assert.ok(own.includes(option));
      assert.equal(lower.includes(option), false);
      for (const options of await bind(`r${option}`)) assert.ok(options.includes(option));
      const back = CLEARING[index] ?? '';
      for (const options of await bind(`r${option}`, `r${back}`)) assert.equal(options.includes(option), false);
      const [cleared = []] = await bind(option, back);
      assert.equal(cleared.includes(option), false);
    });
  }

  test('the three ways to keep access times are one choice', async () => {
    const of = async (...options: string[]) => (await optionsOf({ source, options: ['bind', ...options] }))[0] ?? [];
    assert.ok((await of('noatime', 'relatime')).includes('relatime'));
    const strict = await of('noatime', 'strictatime');
    assert.equal(strict.includes('relatime') || strict.includes('noatime'), false);
    assert.equal((await of('rstrictatime')).includes('relatime'), false);
    assert.ok((await of('rrelatime')).includes('relatime'));
  });

  test('bind leaves out what is mounted below, rbind shows it', async () => {
    assert.equal((await optionsOf({ source, options: ['bind'] })).length, 1);
    assert.equal((await optionsOf({ source, options: ['rbind'] })).length, 2);
  });
});

describe('options of a new file system', { concurrency: 1 }, () => {
  test('are those of the mount, recursive ones too, and of the file system', async () => {
    const script = `awk '$5 == "/data" { print $6, $NF }' /proc/self/mountinfo`;
    const options = ['rro', 'nosuid', 'rnoexec', 'sync', 'dirsync', 'size=64k', 'mode=700'];
    const mount = { destination: '/data', type: 'tmpfs', source: 'tmpfs', options };
    const { stdout } = await busybox.run(script, withMounts(mount));
    const [own = '', fs = ''] = stdout.trim().split(' ');
    for (const option of ['ro', 'nosuid', 'noexec']) assert.ok(own.split(',').includes(option), own);
    for (const option of ['sync', 'dirsync', 'size=64k', 'mode=700']) assert.ok(fs.split(',').includes(option), fs);
  });

  test('can be changed by a remount of what is there', async () => {
    const mounts: Mount[] = [
      { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['rw', 'noexec'] },
      { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['remount', 'ro', 'exec', 'nosuid'] },
    ];
    const script = `awk '$5 == "/data" { print $6 }' /proc/self/mountinfo`;
    const { stdout } = await busybox.run(script, withMounts(...mounts));
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(',').slice(0, 2)),
      [['ro', 'nosuid']],
    );
    const refused: Mount = { destination: '/data', type: 'tmpfs', options: ['remount', 'size=1m'] };
    await assert.rejects(busybox.run('true', withMounts(refused)), { code: 'REMOUNT_DATA' });
  });
});

describe('ids', { concurrency: 1 }, () => {
  const map = (hostID: number) => [{ containerID: 0, hostID, size: 1000 }];

  test('idmap maps the mount, ridmap what is below too', async () => {
    const script = 'stat -c %u /data /data/below/file';
    const ids = { uidMappings: map(5000), gidMappings: map(5000) };
    const mount = (option: string) => ({ destination: '/data', source, options: ['rbind', option], ...ids });
    assert.equal((await busybox.run(script, withMounts(mount('idmap')))).stdout, '5000\n0\n');
    assert.equal((await busybox.run(script, withMounts(mount('ridmap')))).stdout, '5000\n5000\n');
  });

  test('a file system that cannot map ids is an error that says so', async () => {
    // A proc never could.
    const mount = {
      destination: '/data',
      source: '/proc',
      options: ['bind', 'idmap'],
      uidMappings: map(5000),
      gidMappings: map(5000),
    };
    await assert.rejects(busybox.run('true', withMounts(mount)), {
      code: 'EINVAL',
      hint: /cannot map ids.*tmpfs since Linux 6.3/,
    });
  });

  test('idmap without a map takes that of the container', async () => {
    const file = join(source, 'owned');
    writeFileSync(file, '');
    chownSync(file, 7, 8);
    const user = (spec: RuntimeSpec): RuntimeSpec => ({
      ...spec,
      linux: {
        namespaces: [...(spec.linux?.namespaces ?? []), { type: 'user' }],
        uidMappings: [{ containerID: 0, hostID: 100_000, size: 1000 }],
        gidMappings: [{ containerID: 0, hostID: 100_000, size: 1000 }],
      },
    });
    const owner = async (...options: string[]) => {
      const mount = { destination: '/data', source, options: ['bind', ...options] };
      return (await busybox.run('stat -c %u:%g /data/owned', (spec) => withMounts(mount)(user(spec)))).stdout;
    };
    assert.equal(await owner(), '65534:65534\n');
    assert.equal(await owner('idmap'), '7:8\n');
  });
});

describe('the propagation of the root', { concurrency: 1 }, () => {
  const script = `awk '$5 == "/" { print $7 ~ /shared/, $7 ~ /master/, $7 ~ /unbindable/ }' /proc/self/mountinfo`;
  for (const [rootfsPropagation, seen] of [
    ['shared', '1 0 0'],
    ['private', '0 0 0'],
    ['unbindable', '0 0 1'],
  ] as const) {
    test(rootfsPropagation, async () => {
      const change = (spec: RuntimeSpec) => ({ ...spec, linux: { ...spec.linux, rootfsPropagation } });
      assert.equal((await busybox.run(script, change)).stdout, `${seen}\n`);
    });
  }
});

describe('destinations stay inside the root', { concurrency: 1 }, () => {
  const mounted = (destination: string) => withMounts({ destination, source, options: ['bind'] });
  const isThere = (path: string) => `test -e ${path}/owned; echo $?`;

  before(() => {
    mkdirSync(join(busybox.root, 'real'), { recursive: true });
    writeFileSync(join(source, 'owned'), '');
    symlinkSync('/real', join(busybox.root, 'absolute'));
    symlinkSync('../../../../../../real', join(busybox.root, 'climbing'));
    symlinkSync('real', join(busybox.root, 'data/relative'));
  });

  for (const [name, destination, place] of [
    ['a relative one', 'real', '/real'],
    ['one that climbs', '/../../real/../real', '/real'],
    ['behind an absolute link', '/absolute', '/real'],
    ['behind a link that climbs', '/climbing/made', '/real/made'],
    ['missing folders', '/new/deep/er', '/new/deep/er'],
  ] as const) {
    test(name, async () => {
      const { stdout, exitCode } = await busybox.run(isThere(place), mounted(destination));
      assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: '0\n' });
      assert.equal(existsSync('/made'), false);
    });
  }
});

test('a destination behind a link that leads to nothing is refused, inside and outside the root', async () => {
  const outside = join(busybox.folder, 'outside');
  symlinkSync(outside, join(busybox.root, 'leaving'));
  const mount = { destination: '/leaving/here', source, options: ['bind'] };
  await assert.rejects(busybox.run('true', withMounts(mount)), { code: 'ENOENT', hint: /plain folder/ });
  assert.equal(existsSync(outside), false);
});

test('linux.mountLabel goes to new mounts; a kernel without SELinux says that it knows none', async () => {
  const label = 'system_u:object_r:container_file_t:s0';
  const labelled = (spec: RuntimeSpec) => ({ ...spec, linux: { ...spec.linux, mountLabel: label } });
  if (existsSync('/sys/fs/selinux/enforce'))
    assert.match((await busybox.run('mount', labelled)).stdout, /container_file_t/);
  else
    await assert.rejects(busybox.run('true', labelled), { code: 'EINVAL', message: /"context", "system_u:object_r/ });
});

test('every option that `features` names is read as one, and none goes to the file system as text', async () => {
  const others = MOUNT_OPTION_NAMES.filter((name) => !['remount', 'idmap', 'ridmap', 'tmpcopyup'].includes(name));
  for (const option of others) {
    const bind = option === 'bind' || option === 'rbind' ? [] : ['bind'];
    const mount = { destination: '/data', source, options: [...bind, option] };
    assert.equal((await busybox.run('true', withMounts(mount))).exitCode, 0, option);
  }
});
