import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

const top = mkdtempSync(join(tmpdir(), 'keelson-launcher-'));
after(() => rmSync(top, { recursive: true }));

/** A package as it is installed: bin and dist. Tests that need a checkout add the rest. */
let root: string;
let count = 0;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), 0o755);
}

function makeCheckout(): void {
  write('src/bin/keelson.ts', '');
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/node/bin/node'));
  write('dist/inputs.sh', `inputs='package-lock.json\nsrc/bin/keelson.ts'\n`);
  write('scripts/setup', `#!/bin/sh\necho "set up" >&2\n: >'${root}/dist/inputs.sh'\n`);
  setTime('src/bin/keelson.ts', 1000);
}

function setTime(path: string, seconds: number): void {
  utimesSync(join(root, path), seconds, seconds);
}

interface How {
  path?: string;
  cwd?: string;
  args?: string[];
}

function run(program: string, { path = dirname(process.execPath), cwd = '/', args = [] }: How = {}) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', 'exec "$0" "$@"', program, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: `${path}:${join(top, 'readlink')}` },
  });
  return { status, stdout, stderr };
}

beforeEach(() => {
  root = join(top, `package-${count++}`);
  cpSync('bin', join(root, 'bin'), { recursive: true });
  cpSync('dist/start.cjs', join(root, 'dist/start.cjs'));
  const print = 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]));';
  write('dist/keelson.cjs', `${print}\nprocess.exitCode = 42;`);
  // `readlink` is the one program that the launcher may need.
  mkdirSync(join(top, 'readlink'), { recursive: true });
  if (count === 1) symlinkSync('/bin/readlink', join(top, 'readlink/readlink'));
});

test('passes arguments, working folder and exit code', () => {
  const args = ['run', '-e', 'A=b c', '', '--', '*'];
  const { status, stdout, stderr } = run(`${root}/bin/keelson`, { args, cwd: top });
  assert.deepEqual([JSON.parse(stdout), status, stderr], [[top, ...args], 42, '']);
});

test("an --env-file is the program's and not Node's", () => {
  write('node.env', 'NODE_OPTIONS=--no-such-flag');
  const args = ['run', '--env-file', join(root, 'node.env')];
  const { stdout, status, stderr } = run(`${root}/bin/keelson`, { args });
  assert.deepEqual([JSON.parse(stdout), status, stderr], [['/', ...args], 42, '']);
});

test('so does the other program', () => {
  write('dist/keelson-runtime.cjs', 'console.log(JSON.stringify(process.argv.slice(2)));');
  write('node.env', 'NODE_OPTIONS=--no-such-flag');
  const args = ['exec', 'box', 'program', '--env-file', join(root, 'node.env')];
  const { status, stdout } = run(join(root, 'bin/keelson-runtime'), { args });
  assert.deepEqual([status, JSON.parse(stdout)], [0, args]);
});

test('is found through PATH, a relative path, and symbolic links to symbolic links', () => {
  mkdirSync(join(root, 'links'));
  symlinkSync('../bin/keelson', join(root, 'links/relative'));
  symlinkSync(join(root, 'links/relative'), join(root, 'absolute'));
  const node = dirname(process.execPath);
  assert.equal(run('keelson', { path: `${root}/bin:${node}` }).status, 42);
  assert.equal(run('keelson', { path: `.:${node}`, cwd: `${root}/bin` }).status, 42);
  assert.equal(run('bin/keelson', { cwd: root }).status, 42);
  assert.equal(run('./absolute', { cwd: root }).status, 42);
  assert.equal(run('relative', { path: `${root}/links:${node}` }).status, 42);
});

test('says what to do when there is no Node, and ends with 125', () => {
  const { status, stderr } = run(`${root}/bin/keelson`, { path: '/nonexistent' });
  assert.equal(status, 125);
  assert.match(stderr, /^keelson: Node 24 or newer is missing; install it .*\n$/);
});

test('refuses a Node that is too old', () => {
  // The version is the only thing that tells an old Node from a new one here.
  write('old/preload.cjs', `Object.defineProperty(process.versions, 'node', { value: '22.11.0' });`);
  write('old/node', `#!/bin/sh\nexec ${process.execPath} -r '${root}/old/preload.cjs' "$@"\n`);
  const { status, stdout, stderr } = run(`${root}/bin/keelson`, { path: `${root}/old` });
  assert.deepEqual([status, stdout], [125, '']);
  assert.match(stderr, /^keelson: Node 24 or newer is needed/);
});

test('in a checkout, takes the pinned Node whatever is on PATH', () => {
  makeCheckout();
  assert.equal(run(`${root}/bin/keelson`, { path: '/nonexistent' }).status, 42);
});

test('in a checkout that is not set up, names the command to run', () => {
  write('src/bin/keelson.ts', '');
  const { status, stderr } = run(`${root}/bin/keelson`);
  assert.deepEqual([status, stderr], [125, `keelson: this checkout is not set up; run ${root}/scripts/setup\n`]);
});

test('builds when a source is newer than the bundle, and only then', () => {
  makeCheckout();
  assert.equal(run(`${root}/bin/keelson`).stderr, '');
  setTime('src/bin/keelson.ts', Date.now() / 1000 + 10);
  assert.equal(run(`${root}/bin/keelson`).stderr, 'set up\n');
});

test('builds when there is no bundle yet', () => {
  makeCheckout();
  rmSync(join(root, 'dist/inputs.sh'));
  assert.deepEqual([run(`${root}/bin/keelson`).stderr, run(`${root}/bin/keelson`).stderr], ['set up\n', '']);
});

test('does not run an old bundle when building fails', () => {
  makeCheckout();
  setTime('src/bin/keelson.ts', Date.now() / 1000 + 10);
  write('scripts/setup', '#!/bin/sh\nexit 1\n');
  const { status, stdout, stderr } = run(`${root}/bin/keelson`);
  assert.deepEqual([status, stdout, stderr], [125, '', 'keelson: setting up the checkout failed\n']);
});
