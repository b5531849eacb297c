/** HOME of a program that is given none: from the root's account file, which the image decides on. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openBrains } from '../front/brains.ts';
import { FrontBundle } from '../front/front-under-test.ts';

const bundle = new FrontBundle();
const brains = openBrains();
const etc = join(bundle.folder, 'rootfs/etc');
const passwd = join(etc, 'passwd');
mkdirSync(etc);
after(async () => {
  bundle.call(brains.env, 'delete', '--force', bundle.id);
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

function homeOfRun(): string {
  bundle.command(['sh', '-c', 'echo $HOME']);
  const { status, stdout, stderr } = bundle.call(brains.env, 'run', bundle.id);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout;
}

test('it is that of the user, also for exec', async () => {
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\nfive:x:5:5::/home/five:/bin/sh\n');
  assert.equal(homeOfRun(), '/root\n');
  bundle.command(['sleep', '100']);
  const { ended } = bundle.start(brains.env, ['run', '--detach', bundle.id], { quiet: true });
  assert.equal((await ended).status, 0);
  const home = (...flags: string[]) =>
    bundle.call(brains.env, 'exec', ...flags, bundle.id, 'sh', '-c', 'echo $HOME').stdout;
  assert.equal(home(), '/root\n');
  assert.equal(home('--user', '5'), '/home/five\n');
  assert.equal(home('--user', '6'), '/\n');
  assert.equal(home('--user', '5', '--env', 'HOME=/given'), '/given\n');
  bundle.call(brains.env, 'delete', '--force', bundle.id);
});

const hostile: Readonly<Record<string, () => void>> = {
  'no file': () => undefined,
  'a folder': () => mkdirSync(passwd),
  'a FIFO, for which nobody waits': () => execFileSync('mkfifo', [passwd]),
  "a link, which stays in the root: the host's file would give another home": () =>
    symlinkSync('/../../../../../../etc/passwd', passwd),
  'a link through /proc': () => symlinkSync('/proc/self/root/etc/passwd', passwd),
  'a device': () => symlinkSync('/dev/zero', passwd),
  'a terabyte': () => {
    writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\n');
    truncateSync(passwd, 2 ** 40);
  },
  'a home with a zero byte': () => writeFileSync(passwd, 'root:x:0:0::/ro\0ot:/bin/sh\n'),
  'a home that no path can be': () => writeFileSync(passwd, `root:x:0:0::/${'x'.repeat(200_000)}:/bin/sh\n`),
};

for (const [name, make] of Object.entries(hostile)) {
  test(`it is / where the account file is ${name}`, () => {
    // no-mount-below: a file or an empty folder
    rmSync(passwd, { recursive: true, force: true });
    make();
    assert.equal(homeOfRun(), '/\n');
  });
}
