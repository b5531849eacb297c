/** An exec that fails: runc's words and exit code, and no process that somebody else would have to take in. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PR_SET_CHILD_SUBREAPER, startAgent, WNOHANG } from '../../../src/kernel/index.ts';
import { FRONT, openBrains } from '../front/brains.ts';
import { FrontBundle } from '../front/front-under-test.ts';

const bundle = new FrontBundle();
const brains = openBrains();
const runcRoot = join(bundle.folder, 'runc');
const { id } = bundle;

function runc(...words: string[]) {
  const args = ['--root', runcRoot, ...words];
  return spawnSync('runc', args, { cwd: bundle.folder, encoding: 'utf8', input: '', timeout: 60_000 });
}

before(async () => {
  const bin = join(bundle.folder, 'rootfs/bin');
  mkdirSync(join(bin, 'folder'));
  writeFileSync(join(bin, 'plain'), '');
  for (const [name, text] of [
    ['lost', '#!/no/interpreter\n'],
    ['nonsense', 'nonsense'],
  ] as const) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  symlinkSync('loop', join(bin, 'loop'));
  symlinkSync('/no/where', join(bin, 'nowhere'));
  bundle.command(['sleep', '1000']);
  bundle.cgroup(`/${id}-runc`);
  // Its container keeps the descriptors that it is given.
  const words = ['--root', runcRoot, 'run', '--detach', id];
  assert.equal(spawnSync('runc', words, { cwd: bundle.folder, stdio: 'ignore' }).status, 0);
  bundle.command(['sleep', '1000']);
  assert.equal((await bundle.start(brains.env, ['run', '--detach', id], { quiet: true }).ended).status, 0);
});

after(async () => {
  runc('delete', '--force', id);
  bundle.call(brains.env, 'delete', '--force', id);
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

/** Runs the front under a process that adopts what is left behind; how many that are. */
async function leftBehind(words: readonly string[]): Promise<number> {
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  const { kernel } = agent;
  kernel.prctl(PR_SET_CHILD_SUBREAPER, 1);
  const child = kernel.clone(0, { name: 'runtime' });
  await kernel.flush();
  const variables = Object.entries({ ...process.env, ...brains.env }).map(([name, value]) => `${name}=${value}`);
  child.kernel.execve(FRONT, [FRONT, ...bundle.words(...words)], variables);
  await child.kernel.flush();
  const front = await kernel.wait4(child.pid);
  assert.equal(front.status, 255 << 8);
  const ECHILD = 10;
  let count = 0;
  while (!(await nobody())) count++;
  return count;

  async function nobody(): Promise<boolean> {
    try {
      // Also one that lives on is a child.
      return (await kernel.apart(() => kernel.wait4(-1, WNOHANG))).pid === 0 && assert.fail('a process lives on');
    } catch (error) {
      if (error instanceof Error && 'errno' in error && error.errno === ECHILD) return true;
      throw error;
    }
  }
}

const cases: readonly { what: string; words: readonly string[]; text?: RegExp }[] = [
  { what: 'a program that is missing', words: [id, 'missing'] },
  { what: 'a path that is missing', words: [id, '/missing/program'] },
  { what: 'a relative path that is missing', words: [id, './missing'] },
  { what: 'a path that is not executable', words: [id, '/bin/plain'] },
  { what: 'a name that is not executable', words: [id, 'plain'] },
  { what: 'the path of a folder', words: [id, '/bin/folder'] },
  { what: 'the name of a folder', words: [id, 'folder'] },
  { what: 'no program', words: [id] },
  { what: 'a user by name', words: ['--user', 'root', id, 'true'] },
  { what: 'a group by name', words: ['--user', '0:root', id, 'true'] },
  {
    what: 'a script without its interpreter, of which runc says so after it has reported success',
    words: [id, '/bin/lost'],
    text: /unable to start container process: exec \/bin\/lost: no such file or directory/,
  },
  {
    what: 'a file that is no program',
    words: [id, '/bin/nonsense'],
    text: /unable to start container process: exec \/bin\/nonsense: exec format error/,
  },
  { what: 'a path through a file', words: [id, '/bin/plain/x'] },
  { what: 'a relative path through a file', words: [id, 'bin/plain/x'] },
  { what: 'a link to itself', words: [id, '/bin/loop'] },
  { what: 'a working directory that is none', words: ['--cwd', '/bin/plain', id, 'true'] },
  { what: 'a working directory below a file', words: ['--cwd', '/bin/plain/x', id, 'true'] },
  { what: 'a working directory that links to itself', words: ['--cwd', '/bin/loop', id, 'true'] },
  { what: 'a working directory whose link leads nowhere', words: ['--cwd', '/bin/nowhere', id, 'true'] },
  { what: 'a relative working directory', words: ['--cwd', 'bin', id, 'true'] },
  { what: 'a variable without a value', words: ['--env', 'NAME', id, 'true'] },
  { what: 'an empty variable', words: ['--env', '', id, 'true'] },
  { what: 'a variable without a name', words: ['--env', '=value', id, 'true'] },
];

for (const { what, words, text } of cases) {
  test(what, async () => {
    const plain = (stderr: string) => stderr.replace(/time="[^"]*"/, '');
    const { status, stdout, stderr } = bundle.call(brains.env, 'exec', ...words);
    if (text) assert.match(stderr, text);
    else assert.equal(plain(stderr), plain(runc('exec', ...words).stderr));
    assert.deepEqual({ status, stdout }, { status: 255, stdout: '' });
    assert.equal(await leftBehind(['exec', ...words]), 0);
  });
}

test('capabilities that nobody knows are told of in one line, and the program runs', () => {
  const words = ['--cap', 'CAP_OTHER', '--cap', 'CAP_NONE', '--cap', 'chown', '--cap', 'CAP_CHOWN', id, 'true'];
  const [ours, theirs] = [bundle.call(brains.env, 'exec', ...words), runc('exec', ...words)];
  const plain = ({ status, stderr }: { status: number | null; stderr: string }) => [
    status,
    stderr.replace(/time="[^"]*"/, ''),
  ];
  assert.deepEqual(plain(ours), plain(theirs));
  assert.match(ours.stderr, /ignoring unknown or unavailable capabilities: \[CAP_NONE CAP_OTHER chown\]/);
});

test('behind create: start has gone by then, so the program says it in its own stream', async () => {
  const output = join(bundle.folder, 'output');
  const script = `"$0" "$@" 2>${output}`;
  const own = { id: `${id}-gated`, cgroup: `/${id}` };
  bundle.cgroup(own.cgroup);
  const words = (...rest: string[]) => ['-c', script, FRONT, ...bundle.words(...rest)];
  const env = { ...process.env, ...brains.env };
  bundle.call(brains.env, 'delete', '--force', id);
  bundle.command(['/bin/lost']);
  assert.equal(spawnSync('sh', words('create', own.id), { cwd: bundle.folder, env, stdio: 'ignore' }).status, 0);
  assert.equal(bundle.call(brains.env, 'start', own.id).status, 0);
  while (!bundle.call(brains.env, 'state', own.id).stdout.includes('stopped'));
  assert.equal(bundle.call(brains.env, 'delete', own.id).status, 0);
  assert.match(readFileSync(output, 'utf8'), /^exec \/bin\/lost: its interpreter is missing, or it is no program/);
});
