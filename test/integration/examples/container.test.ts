import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runExample } from './run-example.ts';

/** What the script in the container prints, whichever root it has. */
function assertContainer(output: string): void {
  assert.match(output, /^hostname: container$/m);
  assert.match(output, /^ +1 .*sh -c/m);
  const pids = [...output.matchAll(/^ +(\d+) (?:root|0) /gm)].map(([, pid]) => Number(pid));
  assert.ok(pids.length > 0 && pids.every((pid) => pid < 20), `processes of the host are seen:\n${output}`);
  for (const device of ['full', 'null', 'random', 'tty', 'urandom', 'zero']) {
    assert.match(output, new RegExp(`^${device}$`, 'm'));
  }
  assert.match(output, /inet addr:127\.0\.0\.1 /);
  assert.doesNotMatch(output, /^eth0/m);
  assert.match(output, /^user: uid=0/m);
}

test('03-container: a root made on the spot is a system of its own and goes at the end', async () => {
  const host = hostname();
  const { status, output, errors, leftBehind } = await runExample('03-container');
  assert.equal(errors, '');
  assert.equal(status, 0);
  assertContainer(output);
  assert.match(output, /^files:\nbin\ndev\netc\nproc\ntmp\n/m);
  assert.match(output, /^user: uid=0\(root\) gid=0\(root\)/m);
  assert.equal(hostname(), host);
  assert.deepEqual(leftBehind, []);
});

test('03-container: a root given as argument stays as it was', async () => {
  const root = mkdtempSync(join(tmpdir(), 'keelson-root-'));
  try {
    for (const name of ['bin', 'dev', 'proc']) mkdirSync(join(root, name));
    copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
    execFileSync('/bin/busybox', ['chroot', root, '/bin/busybox', '--install', '-s', '/bin']);
    const before = readdirSync(root, { recursive: true }).toSorted();
    const { status, output, errors } = await runExample('03-container', root);
    assert.equal(errors, '');
    assert.equal(status, 0);
    assertContainer(output);
    assert.match(output, /^files:\nbin\ndev\nproc\n/m);
    assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), before);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('03-container: a root that is not there is named in the error', async () => {
  const { status, errors, leftBehind } = await runExample('03-container', '/nonexistent-root');
  assert.notEqual(status, 0);
  assert.match(errors, /ENOENT from chroot\("\/nonexistent-root"\)/);
  assert.deepEqual(leftBehind, []);
});
