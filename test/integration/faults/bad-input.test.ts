import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';

const keelson = new Keelson();
const folder = mkdtempSync(join(tmpdir(), 'keelson-bad-'));
before(() => keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true'));
after(() => {
  keelson[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** One line, one with the way out where there is one, the exit code, and nothing left. */
async function refused(args: readonly string[], exitCode: number, message: RegExp): Promise<void> {
  const check = new LeakCheck(keelson.root);
  await complains(args, exitCode, message);
  await check.assertClean();
}

async function complains(args: readonly string[], exitCode: number, message: RegExp): Promise<void> {
  const ended = await keelson.run(args);
  assert.match(ended.stderr, /^keelson: [^\n]+\n(hint: [^\n]+\n)?$/);
  assert.doesNotMatch(ended.stderr, /looks like a fault/);
  assert.match(ended.stderr, message);
  assert.equal(ended.exitCode, exitCode);
}

/** A root file system of one static program and what `make` puts into it. */
function rootfs(name: string, make: (path: string) => void): string {
  const path = join(folder, name);
  for (const part of ['bin', 'etc']) mkdirSync(join(path, part), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(path, 'bin/busybox')]);
  for (const name of ['sh', 'true']) symlinkSync('busybox', join(path, 'bin', name));
  make(path);
  return path;
}

const isolated = ['run', '--rm', '--network', 'none'];

describe('what cannot be is refused in one line', () => {
  const BOUND = [
    ['tcp', '127.0.0.1', '127.0.0.1:PORT:80'],
    ['tcp', '::1', '[::1]:PORT:80'],
    ['udp', '127.0.0.1', '127.0.0.1:PORT:80/udp'],
    ['udp', '::1', '[::1]:PORT:80/udp'],
    // bound at one address: all addresses together are no longer free
    ['tcp', '127.0.0.1', 'PORT:80'],
  ] as const;
  for (const [protocol, address, published] of BOUND) {
    test(`a port that is bound: ${published} (${protocol} at ${address})`, async () => {
      const { port, release } = await holdPort(protocol, address);
      try {
        const args = ['run', '--rm', '-p', published.replace('PORT', String(port)), 'busybox', 'true'];
        await refused(args, 125, new RegExp(`:${port}/${protocol} is already allocated\nhint: `));
      } finally {
        release();
      }
    });
  }

  test('an address that is taken, and a name', async () => {
    const id = (await keelson.output('run', '-d', '--name', 'taken', 'busybox', 'sleep', '100')).trim();
    const ip = (await keelson.output('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id)).trim();
    const second = await keelson.run(['run', '--rm', '--ip', ip, 'busybox', 'true']);
    const namesake = await keelson.run([...isolated, '--name', 'taken', 'busybox', 'true']);
    await keelson.output('rm', '-f', id);
    assert.match(second.stderr, /^keelson: the address \S+ is already in use\n(hint: [^\n]+\n)?$/);
    assert.equal(second.exitCode, 125);
    assert.match(namesake.stderr, /^keelson: a container is named taken already\nhint: [^\n]+\n$/);
    assert.equal(namesake.exitCode, 125);
  });

  const WORDS: readonly [name: string, args: readonly string[], exitCode: number, message: RegExp][] = [
    ['a flag with a slip of the key', ['run', '--memmory', '64m', 'busybox'], 125, /--memmory\nhint: .*--memory\?/],
    ['a command with a slip of the key', ['runn', 'busybox'], 1, /runn\nhint: .*keelson run\?/],
    ['no root file system', [...isolated, '--rootfs', '/no/where', 'sh'], 125, /\/no\/where.*\nhint: /],
    ['no such command', [...isolated, 'busybox', 'nosuch'], 127, /"nosuch"[^\n]*\nhint: /],
    ['no such path', [...isolated, 'busybox', '/bin/nosuch'], 127, /\/bin\/nosuch/],
    ['a command without execute bit', [...isolated, 'busybox', '/etc/passwd'], 126, /\/etc\/passwd[^\n]*\nhint: /],
    ['a folder as the command', [...isolated, 'busybox', '/etc'], 126, /\/etc[^\n]*\nhint: /],
    ['an unknown user', [...isolated, '-u', 'nobodyatall', 'busybox'], 125, /"nobodyatall"[^\n]*\nhint: /],
    ['an unknown group', [...isolated, '-u', '0:nogroupatall', 'busybox'], 125, /"nogroupatall"[^\n]*\nhint: /],
    ['a long hostname', [...isolated, '--hostname', 'a'.repeat(65), 'busybox'], 125, /--hostname: expected 1 to 64/],
    ['a memory limit that is no size', [...isolated, '--memory', '12x', 'busybox'], 125, /12x.*--memory: expected/],
    ['a negative memory limit', [...isolated, '--memory=-5', 'busybox'], 125, /-5.*--memory: expected/],
    ['a memory limit too small', [...isolated, '--memory', '1k', 'busybox'], 125, /too small\nhint: give 6m/],
    ['less swap than memory', [...isolated, '-m', '64m', '--memory-swap', '32m', 'busybox'], 125, /swap.*\nhint: /],
    ['a negative number of processors', [...isolated, '--cpus', '-1', 'busybox'], 125, /--cpus/],
    [
      'more processors than there are',
      [...isolated, '--cpus', '9999', 'busybox'],
      125,
      /9999 processors.*\nhint: give/,
    ],
    ['processors that are absent', [...isolated, '--cpuset-cpus', '9000', 'busybox'], 125, /9000\nhint: it has 0/],
    [
      'an env file that is not there',
      [...isolated, '--env-file', '/no/where', 'busybox'],
      125,
      /\/no\/where: there is no/,
    ],
    ['a device as env file', [...isolated, '--env-file', '/dev/zero', 'busybox'], 125, /\/dev\/zero: it is no file/],
    [
      'a device as seccomp profile',
      [...isolated, '--security-opt', 'seccomp=/dev/zero', 'busybox'],
      125,
      /\/dev\/zero/,
    ],
  ];
  // Two at once, and what they leave is looked for once: most of these are over before anything was made.
  describe('words', { concurrency: 2 }, () => {
    let check: LeakCheck;
    before(() => {
      check = new LeakCheck(keelson.root);
    });
    for (const [name, args, exitCode, message] of WORDS) test(name, () => complains(args, exitCode, message));
    after(() => check.assertClean());
  });

  test('a FIFO that nobody writes into, as env file and as seccomp profile', async () => {
    const fifo = join(folder, 'pipe');
    execFileSync('mkfifo', [fifo]);
    await refused([...isolated, '--env-file', fifo, 'busybox'], 125, /it is a named pipe/);
    await refused([...isolated, '--security-opt', `seccomp=${fifo}`, 'busybox'], 125, /it is a named pipe/);
  });

  for (const name of ['passwd', 'group']) {
    test(`a FIFO for /etc/${name}, and 1 GB`, async () => {
      const path = rootfs(name, (root) => execFileSync('mkfifo', [join(root, 'etc', name)]));
      await refused([...isolated, '--rootfs', path, '-u', 'a:b', 'true'], 125, new RegExp(`/etc/${name}.*\nhint: `));
      rmSync(join(path, 'etc', name));
      writeFileSync(join(path, 'etc', name), '');
      truncateSync(join(path, 'etc', name), 2 ** 30);
      await refused([...isolated, '--rootfs', path, '-u', 'a:b', 'true'], 125, new RegExp(`/etc/${name}.*\nhint: `));
    });
  }

  for (const name of ['dev', 'proc', 'sys', 'etc']) {
    test(`a link to the outside for /${name}`, async () => {
      const outside = join(folder, `outside-${name}`);
      mkdirSync(outside);
      writeFileSync(join(outside, 'hosts'), 'canary');
      const path = rootfs(`link-${name}`, (root) => {
        rmSync(join(root, name), { recursive: true, force: true });
        symlinkSync(outside, join(root, name));
      });
      const message = new RegExp(`/${name}.*\nhint: make /${name} a plain folder`);
      await refused(['run', '--rm', '--rootfs', path, 'true'], 125, message);
      assert.deepEqual(readdirSync(outside), ['hosts']);
      assert.equal(readFileSync(join(outside, 'hosts'), 'utf8'), 'canary');
    });
  }
});

/** A socket of this process, which is not Keelson's. */
async function holdPort(protocol: 'tcp' | 'udp', address: string): Promise<{ port: number; release: () => void }> {
  if (protocol === 'tcp') {
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    const bound = server.address();
    assert.ok(typeof bound === 'object' && bound !== null);
    return { port: bound.port, release: () => void server.close() };
  }
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address);
  await once(socket, 'listening');
  return { port: socket.address().port, release: () => void socket.close() };
}

describe('a data root that cannot be used', () => {
  test('a newer version made it', async () => {
    using newer = new Keelson();
    await newer.output('ps');
    const db = new DatabaseSync(join(newer.root, 'db.sqlite'));
    db.exec('PRAGMA user_version = 1000');
    db.close();
    const ended = await newer.run([...isolated, 'busybox', 'true']);
    assert.match(ended.stderr, /^keelson: .*db\.sqlite was made by a newer version of Keelson\nhint: [^\n]+\n$/);
    assert.equal(ended.exitCode, 125);
  });

  test('in /proc', () => {
    const [file = '', ...before] = keelson.command;
    const env = { ...process.env, KEELSON_ROOT: '/proc/nothing' };
    const ended = spawnSync(file, [...before, 'ps'], { env, encoding: 'utf8', timeout: 60_000 });
    assert.match(ended.stderr, /^keelson: cannot use \/proc\/nothing[^\n]*\nhint: [^\n]+\n$/);
    assert.equal(ended.status, 1);
  });
});
