import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Keelson } from '../cli/keelson.ts';
import { answersRefusal, refused } from './refused.ts';

const NOBODY = 65_534;
const agent = fileURLToPath(new URL('../../../build/keelson-agent', import.meta.url));
const asNobody = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];
const isolated = ['run', '--rm', '--network', 'none'];
const simple = [...isolated, 'busybox', 'true'];

const keelson = new Keelson();
const folder = mkdtempSync(join(tmpdir(), 'keelson-around-'));
before(() => keelson.output(...simple));
after(() => {
  keelson[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** Runs a command with shell lines done before it, in a mount namespace (and with `-n` a network) of its own. */
const within = (lines: string, flags: readonly string[] = []) => [
  ...['unshare', '--mount', ...flags, 'sh', '-euc', `${lines}\nexec "$@"`, 'sh'],
];

describe('the disk', () => {
  /** A data root on a file system of its own; the sizes end in other steps: storing the image, and unpacking it. */
  async function onDisk(size: string, work: (root: string) => Promise<void>): Promise<void> {
    const disk = mkdtempSync(join(folder, 'disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'keelson-test', disk]);
    try {
      await work(join(disk, 'root'));
    } finally {
      execFileSync('umount', [disk]);
    }
  }
  const env = (root: string) => ['env', `KEELSON_ROOT=${root}`];

  for (const [size, message] of [
    ['1m', /cannot write .*: ENOSPC/],
    ['3m', /the disk took only a part|No space left on device/],
  ] as const) {
    test(`is full with ${size}`, () =>
      onDisk(size, async (root) => {
        // The image stays as far as it was stored, so `refused` would find it.
        await answersRefusal(keelson, simple, { exitCode: 125, message, through: env(root) });
        const left = [join(root, 'containers'), join(root, 'snapshots/layers'), join(root, 'tmp')];
        assert.deepEqual(
          left.filter((path) => existsSync(path) && readdirSync(path).length > 0),
          [],
        );
        const ps = keelson.start(['ps', '-aq'], [...env(root), ...keelson.command]);
        assert.equal(await ps.exited, 0);
      }));
  }

  test('is full, with the image on it', () =>
    onDisk('16m', async (root) => {
      const first = keelson.start(simple, [...env(root), ...keelson.command]);
      assert.equal(await first.exited, 0);
      execFileSync('sh', ['-c', `cat /dev/zero > '${root}/../filler' 2>/dev/null || :`]);
      const message = /cannot use .*db\.sqlite: .*\nhint: check .*free space/;
      await answersRefusal(keelson, simple, { exitCode: 125, message, through: env(root) });
    }));

  test('is read-only', () =>
    onDisk('1m', async (root) => {
      execFileSync('mount', ['-o', 'remount,ro', join(root, '..')]);
      const message = /cannot use .*\nhint: .*read-only.*KEELSON_ROOT/;
      await answersRefusal(keelson, simple, { exitCode: 125, message, through: env(root) });
    }));

  test('has a damaged database', () =>
    onDisk('1m', async (root) => {
      mkdirSync(root);
      writeFileSync(join(root, 'db.sqlite'), 'this is no database, whatever its name says'.repeat(100));
      const message = /cannot use .*db\.sqlite: file is not a database/;
      await answersRefusal(keelson, simple, { exitCode: 125, message, through: env(root) });
    }));
});

describe('an ordinary user', () => {
  const root = join(folder, 'of-nobody');
  const through = [...asNobody, 'env', `KEELSON_ROOT=${root}`];
  before(() => {
    chmodSync(folder, 0o755);
    mkdirSync(root);
    chownSync(root, NOBODY, NOBODY);
    // The image comes with the first try.
    const image = keelson.start(simple, [...through, ...keelson.command]);
    return image.exited;
  });

  test("cannot use root's data", () =>
    refused(keelson, simple, { exitCode: 125, message: /cannot use .*\nhint: .*KEELSON_ROOT/, through: asNobody }));

  test('cannot start a container', () =>
    refused(keelson, simple, { exitCode: 125, message: /takes the rights of root.*\nhint: .*sudo/, through, root }));

  test('sees what a start would do', async () => {
    const words = ['run', '--dry-run', '--memory', '64m', '--userns', 'auto', '-p', '8080:80'];
    words.push('-v', 'new:/data', '-v', '/nowhere/yet:/there', 'busybox', 'true');
    const child = keelson.start(words, [...through, ...keelson.command]);
    const [exitCode, plan, errors] = await Promise.all([child.exited, text(child.stdout), text(child.stderr)]);
    assert.deepEqual([exitCode, errors], [0, '']);
    for (const part of [/memory\.limit_in_bytes|memory\.max/, /uid_map/, /execve\(/]) assert.match(plan, part);
  });
});

describe('the host', () => {
  test('has no nft', async () => {
    const places = ['/usr/sbin/nft', '/usr/bin/nft', '/usr/local/sbin/nft'].filter((path) => existsSync(path));
    // An overlay of its own hides the program; in a network of its own no rules are loaded.
    const hide = places.map((path, index) => {
      const place = join(path, '..');
      const upper = join(folder, `nft-${index}`);
      mkdirSync(join(upper, 'work'), { recursive: true });
      mkdirSync(join(upper, 'upper'));
      const layers = `lowerdir=${place},upperdir=${upper}/upper,workdir=${upper}/work`;
      return `mount -t overlay -o ${layers} none ${place}; rm ${path}`;
    });
    await refused(keelson, ['run', '--rm', 'busybox', 'true'], {
      exitCode: 125,
      message: /nft is missing.*\nhint: install it .*--network none/,
      through: within(hide.join('\n'), ['--net']),
    });
  });

  test('has no agent', () =>
    refused(keelson, simple, {
      exitCode: 125,
      message: /agent .* is missing\nhint: run `sh native\/build\.sh/,
      through: within(`mount --bind /dev/null '${agent}'`),
    }));
});

describe('what flags name', () => {
  const invalid = async (args: readonly string[], message: RegExp, exitCode = 125) =>
    refused(keelson, [...isolated, ...args, 'busybox', 'true'], { exitCode, message });

  test('a pipe without a name is read', async () => {
    const words = ['bash', '-c', 'exec "$@" --env-file <(echo FROM=pipe) busybox sh -c "echo \\$FROM"', 'bash'];
    const child = keelson.start([...isolated], [...words, ...keelson.command]);
    assert.equal(await text(child.stdout), 'pipe\n');
  });

  test('an env-file is for the container alone', async () => {
    const path = join(folder, 'node.env');
    writeFileSync(path, 'NODE_OPTIONS=--no-such-flag\nKEELSON_ROOT=/no/where\n');
    const printed = await keelson.output(...isolated, '--env-file', path, 'busybox', 'sh', '-c', 'echo $NODE_OPTIONS');
    assert.equal(printed, '--no-such-flag\n');
  });

  test('a group and limits that cannot be', async () => {
    await invalid(['--group-add', 'nosuchgroup'], /no group "nosuchgroup".*\nhint: /);
    await invalid(['-u', '0:nosuchgroup'], /no group "nosuchgroup".*\nhint: /);
    await invalid(['--pids-limit', '-5'], /--pids-limit/);
    await invalid(['--cpuset-cpus', '4000'], /4000/);
    await invalid(['--ulimit', 'nofile=99999999999'], /RLIMIT_NOFILE/);
  });
});
