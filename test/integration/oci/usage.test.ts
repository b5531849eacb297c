/** Flags, usage and wrong usage beside runc: exit codes, what is printed first, and what is logged. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { commands } from '../../../src/oci/commands.ts';
import { FRONT, openBrains } from '../front/brains.ts';

const brains = openBrains();
/** Some make it before they find what is wrong. */
const root = join(tmpdir(), `keelson-usage-${process.pid}`);
after(async () => {
  await brains[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true }); // no-mount-below: nothing was started
});

function call(runtime: 'runc' | 'keelson', words: readonly string[]) {
  const env = { ...process.env, ...brains.env };
  const program = runtime === 'runc' ? 'runc' : FRONT;
  const { status, stdout, stderr } = spawnSync(program, words, { env, encoding: 'utf8', input: '', timeout: 60_000 });
  return { status, stdout, stderr: stderr.replaceAll('keelson-runtime', 'runc').replaceAll(/time="[^"]*"/g, '') };
}

/** `--bundle value, -b value` */
function flagsOf(help: string): string[] {
  return [...help.matchAll(/^ {3}(--[\w-]+(?: value)?(?:, -\w(?: value)?)?) {2,}\S/gm)].map(([, flag = '']) => flag);
}

for (const name of ['', ...Object.keys(commands)]) {
  test(`the help of ${name || 'the program'} has every flag of runc's`, () => {
    const words = name === '' ? ['--help'] : [name, '--help'];
    const [own, expected] = [call('keelson', words), call('runc', words)];
    assert.deepEqual([own.status, own.stderr], [expected.status, expected.stderr]);
    const known = flagsOf(own.stdout);
    assert.deepEqual(
      flagsOf(expected.stdout).filter((flag) => !known.includes(flag)),
      [],
    );
    const heading = /^USAGE:\n {3}.*$/m;
    const usage = heading.exec(own.stdout)?.[0].replaceAll('keelson-runtime', 'runc');
    const ignored = / \[arguments\.\.\.\]$| $/;
    if (name) assert.equal(usage, heading.exec(expected.stdout)?.[0].replace(ignored, ''));
  });
}

const WRONG = `nope | help nope | help run | h run | run | run --nope x | run --bundle | --nope run x | --log |
  run --detach=abc x | run --preserve-fds abc x | create x y | exec | exec x | kill | kill a b c | events |
  events --interval abc x | list --format nope | ps --format nope x | update --pids-limit a x |
  update --blkio-weight a x | exec -g abc x y | start | delete | pause | resume x y | state | run -h x | run x --help |
  --log-format nope list | --rootless nope list | run --help=abc | --debug=abc list | update x`;

for (const line of WRONG.split('|').map((part) => part.trim())) {
  test(`as runc: ${line}`, () => {
    const words = ['--root', root, ...line.split(/\s+/)];
    const [own, expected] = [call('keelson', words), call('runc', words)];
    const seen = ({ status, stdout, stderr }: typeof own) => ({ status, stderr, first: stdout.split('\n')[0] });
    assert.deepEqual(seen(own), seen(expected));
  });
}
