import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Keelson } from '../cli/keelson.ts';
import { configOf, runToEnd } from '../engine/container-under-test.ts';
import { BALLAST } from './ballast.ts';
import { meetFaults, withEngine } from './fault-rounds.ts';

/** A file system of its own for the data root, which each round fills up to the last byte. */
const root = mkdtempSync(join(tmpdir(), 'keelson-full-'));
before(async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'keelson-test', root]);
  mkdirSync(join(root, 'volumes'), { mode: 0o700 });
  await withEngine(root, (engine) => runToEnd(engine, configOf(['true'])));
});
after(() => {
  execFileSync('umount', [root]);
  rmdirSync(root);
});

describe('a disk that fills up in the middle of it leaves nothing once there is room again', () => {
  for (const name of ['bridge', 'detached', 'volume', 'exec', 'stop', 'remove']) {
    test(name, () => meetFaults(root, name, 'fill'));
  }
});

const isolated = ['run', '--rm', '--network', 'none'];

/** A command line whose data root is a file system of its own, in memory. */
class SmallDisk extends Keelson {
  constructor(options: string) {
    super();
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'keelson-test', this.root]);
  }

  get ballast(): string {
    return join(this.root, BALLAST);
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

test('a disk that is full before a start, while a container logs, and when it ends', async () => {
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
  assert.match(refused.stderr, /^keelson: [^\n]+\nhint: [^\n]+\n$/);
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
