import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, cpSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Keelson } from '../cli/keelson.ts';

const ONE_LINE_AND_HINT = /^keelson: [^\n]+\nhint: [^\n]+\n$/;
const isolated = ['run', '--rm', '--network', 'none'];

/** A command line whose data root is a file system of its own, in memory. */
class SmallDisk extends Keelson {
  constructor(options: string) {
    super();
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'keelson-test', this.root]);
  }

  get ballast(): string {
    return join(this.root, 'ballast');
  }

  /** Leaves no byte free. */
  fill(): void {
    const file = openSync(this.ballast, 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
    } finally {
      closeSync(file);
    }
  }

  containers(): string[] {
    return readdirSync(join(this.root, 'containers'));
  }

  override [Symbol.dispose](): void {
    execFileSync('umount', [this.root]);
    super[Symbol.dispose]();
  }
}

describe('a full disk', () => {
  test('no room for the image', async () => {
    using disk = new SmallDisk('size=600k,mode=700');
    const ended = await disk.run([...isolated, 'busybox', 'true']);
    assert.match(ended.stderr, ONE_LINE_AND_HINT);
    assert.match(ended.stderr, /no space left/);
    assert.equal(ended.exitCode, 125);
    assert.ok(!readdirSync(disk.root).includes('containers') || disk.containers().length === 0);
  });

  test('full before a start, while a container logs, and when it ends', async () => {
    using disk = new SmallDisk('size=64m,mode=700');
    const script = 'while [ ! -e /tmp/end ]; do echo a line of the log; sleep 0.05; done; exit 7';
    await disk.output(
      'run',
      '-d',
      '--name',
      'logger',
      '--network',
      'none',
      '--tmpfs',
      '/tmp',
      'busybox',
      'sh',
      '-c',
      script,
    );
    // It ends while the disk is full: nobody could tell it to, the command line needs room for itself.
    const ending = ['sh', '-c', 'sleep 2; touch /tmp/end'];
    await disk.output('exec', '-d', 'logger', ...ending);
    disk.fill();
    const refused = await disk.run([...isolated, 'busybox', 'true']);
    assert.match(refused.stderr, ONE_LINE_AND_HINT);
    assert.match(refused.stderr, /no space left/);
    assert.equal(refused.exitCode, 125);
    assert.equal(disk.containers().length, 1);
    await sleep(4000);
    rmSync(disk.ballast);
    assert.equal(
      (await disk.output('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'logger')).trim(),
      'exited 7',
    );
    assert.match(await disk.output('logs', 'logger'), /^(a line of the log\n)+/);
    await disk.output('rm', 'logger');
    assert.deepEqual(disk.containers(), []);
  });
});

test('a read-only data root', async () => {
  using disk = new SmallDisk('ro,mode=700');
  for (const args of [['ps'], [...isolated, 'busybox', 'true']]) {
    const { stderr } = await disk.run(args);
    assert.match(stderr, ONE_LINE_AND_HINT);
    assert.ok(stderr.includes(`cannot use ${disk.root}/db.sqlite`), stderr);
  }
});

test('no nft', async () => {
  using keelson = new Keelson();
  // A view of the host without the program, in a network that has no rules of ours yet.
  const hide =
    'for nft in /usr/sbin/nft /usr/bin/nft /usr/local/sbin/nft; do [ ! -e $nft ] || mount --bind /dev/null $nft; done';
  const view = ['unshare', '--mount', '--net', 'sh', '-c', `${hide}; exec "$@"`, 'sh', ...keelson.command];
  const child = keelson.start(['run', '--rm', 'busybox', 'true'], view);
  child.stdin.end();
  const errors = await text(child.stderr);
  assert.match(errors, ONE_LINE_AND_HINT);
  assert.match(errors, /nft is missing.*\nhint: .*nftables/);
  assert.equal(await child.exited, 125);
  assert.deepEqual(readdirSync(join(keelson.root, 'containers')), []);
});

test('no agent', async () => {
  using keelson = new Keelson();
  const copy = mkdtempSync(join(tmpdir(), 'keelson-copy-'));
  try {
    const checkout = fileURLToPath(new URL('../../..', import.meta.url));
    for (const part of ['src', 'package.json']) cpSync(join(checkout, part), join(copy, part), { recursive: true });
    const [node = ''] = keelson.command;
    const args = ['--disable-warning=ExperimentalWarning', join(copy, 'src/bin/keelson.ts')];
    const child = keelson.start([...isolated, 'busybox', 'true'], [node, ...args]);
    child.stdin.end();
    const errors = await text(child.stderr);
    assert.match(errors, ONE_LINE_AND_HINT);
    assert.match(errors, /agent .*missing/);
    assert.equal(await child.exited, 125);
    assert.ok(!existsSync(join(keelson.root, 'containers')));
  } finally {
    rmSync(copy, { recursive: true });
  }
});
