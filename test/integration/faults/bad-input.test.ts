import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const ended = await keelson.run(args);
  assert.match(ended.stderr, /^keelson: [^\n]+\n(hint: [^\n]+\n)?$/);
  assert.doesNotMatch(ended.stderr, /looks like a fault/);
  assert.match(ended.stderr, message);
  assert.equal(ended.exitCode, exitCode);
  await check.assertClean();
}

/** A root file system of one static program and what `make` puts into it. */
function rootfs(name: string, make: (path: string) => void): string {
  const path = join(folder, name);
  for (const part of ['bin', 'etc']) mkdirSync(join(path, part), { recursive: true });
  execFileSync('cp', ['/bin/busybox', join(path, 'bin/busybox')]);
  symlinkSync('busybox', join(path, 'bin/sh'));
  make(path);
  return path;
}

const isolated = ['run', '--rm', '--network', 'none'];

describe('what cannot be is refused in one line', () => {
  test('a port that is bound', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await refused(['run', '--rm', '-p', `127.0.0.1:${port}:80`, 'busybox', 'true'], 125, /already allocated/);
    } finally {
      server.close();
    }
  });

  test('an address that is taken', async () => {
    const id = (await keelson.output('run', '-d', 'busybox', 'sleep', '100')).trim();
    const ip = (await keelson.output('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id)).trim();
    const second = await keelson.run(['run', '--rm', '--ip', ip, 'busybox', 'true']);
    await keelson.output('rm', '-f', id);
    assert.match(second.stderr, /^keelson: the address \S+ is already in use\n(hint: [^\n]+\n)?$/);
    assert.equal(second.exitCode, 125);
  });

  test('a root file system that is not there', () =>
    refused([...isolated, '--rootfs', '/no/where', 'sh'], 125, /no\/where/));

  test('an unknown user', () => refused([...isolated, '-u', 'nobodyatall', 'busybox', 'true'], 125, /nobodyatall/));

  test('limits that cannot be', async () => {
    await refused([...isolated, '--memory', '12x', 'busybox', 'true'], 125, /--memory/);
    await refused([...isolated, '--cpus', '-1', 'busybox', 'true'], 125, /--cpus/);
  });

  test('a FIFO for /etc/passwd', async () => {
    const path = rootfs('fifo', (root) => execFileSync('mkfifo', [join(root, 'etc/passwd')]));
    await refused([...isolated, '--rootfs', path, '-u', 'somebody', 'sh', '-c', 'true'], 125, /passwd/);
  });

  test('an /etc/passwd of 1 GB', async () => {
    const path = rootfs('large', (root) => {
      writeFileSync(join(root, 'etc/passwd'), '');
      truncateSync(join(root, 'etc/passwd'), 2 ** 30);
    });
    await refused([...isolated, '--rootfs', path, '-u', 'somebody', 'sh', '-c', 'true'], 125, /passwd/);
  });
});

test('a damaged database', async () => {
  using damaged = new Keelson();
  writeFileSync(join(damaged.root, 'db.sqlite'), 'this is no database, whatever its name says'.repeat(100));
  const first = await damaged.run(['ps']);
  assert.match(first.stderr, /^keelson: cannot use .*db\.sqlite: [^\n]+\nhint: [^\n]+\n$/);
});

test('a data root in /proc', () => {
  const [file = '', ...before] = keelson.command;
  const env = { ...process.env, KEELSON_ROOT: '/proc/nothing' };
  const ended = spawnSync(file, [...before, 'ps'], { env, encoding: 'utf8', timeout: 60_000 });
  assert.match(ended.stderr, /^keelson: cannot use \/proc\/nothing[^\n]*\nhint: [^\n]+\n$/);
  assert.equal(ended.status, 1);
});
