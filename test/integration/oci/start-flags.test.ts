/** Flags of `create` and `run` that change how a container starts, beside runc where that shows the same. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Process } from '../../../src/spec/index.ts';
import { specOf } from '../differential/bundles.ts';
import { makeRoot } from '../differential/make-root.ts';
import { FRONT, openBrains } from '../front/brains.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-flags-'));
const brains = openBrains();
after(async () => {
  await brains[Symbol.asyncDispose]();
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true });
});
const root = makeRoot(join(folder, 'root'));
const env = { ...process.env, ...brains.env };

const programs = {
  runc: ['runc'],
  keelson: [FRONT],
} as const;

let runs = 0;

function run(name: keyof typeof programs, script: string, ...flags: string[]) {
  return runWith(name, { script }, ...flags);
}

function runWith(
  name: keyof typeof programs,
  { script, process: own }: { script: string; process?: Partial<Process> },
  ...flags: string[]
) {
  const id = `flags-${process.pid}-${++runs}-${name}`;
  const bundle = join(folder, name);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(
    join(bundle, 'config.json'),
    JSON.stringify(
      specOf(
        {
          name: id,
          script: `/bin/busybox --install -s /tmp; PATH=/tmp ID=${id}; ${script}`,
          ...(own ? { process: own } : {}),
        },
        root,
      ),
    ),
  );
  const [program, ...first] = programs[name];
  const args = [...first, '--root', join(folder, `${name}-state`), 'run', '--bundle', bundle, ...flags, id];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, input: '', timeout: 60_000 });
  return { status, stdout, stderr };
}

/**
 * The session keyring of a container is the line `_ses.ID` in /proc/keys. Those of containers that have ended stay
 * visible until the kernel collects them, so only the one of this container counts.
 */
const KEYRING = 'grep -c "_ses\\.$ID:" /proc/keys';
const ROOT =
  'awk \'$5 == "/" { n++ } END { print n }\' /proc/self/mountinfo; ls /; cat /proc/1/comm; ls /proc/1/cwd/ >/dev/null; echo $?';

test('a terminal has the size that the specification gives', () => {
  const terminal = { terminal: true, consoleSize: { height: 11, width: 222 } };
  assert.equal(runWith('keelson', { script: 'stty size', process: terminal }).stdout, '11 222\r\n');
});

describe('flags of a start', { concurrency: 1 }, () => {
  test('--no-new-keyring leaves the process the keyring of its caller', () => {
    for (const name of ['runc', 'keelson'] as const) {
      assert.equal(run(name, KEYRING).stdout, '1\n', name);
      assert.equal(run(name, KEYRING, '--no-new-keyring').stdout, '0\n', name);
    }
  });

  test('--no-pivot gives the same root, by a move and chroot', () => {
    const [runc, keelson] = [run('runc', ROOT, '--no-pivot'), run('keelson', ROOT, '--no-pivot')];
    assert.deepEqual(keelson, runc);
    assert.equal(keelson.status, 0);
  });
});
