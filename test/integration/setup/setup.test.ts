import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

const top = mkdtempSync(join(tmpdir(), 'keelson-setup-'));
after(() => rmSync(top, { recursive: true }));

/** A checkout with the real `scripts/setup`, and stand-ins for what it starts that write down their name. */
let root: string;
let programs: string;
let count = 0;
let clock = Date.now() / 1000 + 1000;

/** Each file is a second newer than the one before, and all are newer than the folders, which have the real time. */
function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
  clock += 1;
  utimesSync(join(root, path), clock, clock);
}

/** Programs on PATH besides the few that the script itself needs. */
function install(names: readonly string[]): void {
  for (const name of names) write(`programs/${name}`, `#!/bin/sh\necho ${name} "$@" >>'${root}/started'\n`, 0o755);
}

function setup(...args: string[]) {
  rmSync(join(root, 'started'), { force: true });
  const { status, stdout, stderr } = spawnSync(join(root, 'scripts/setup'), args, {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: programs },
  });
  const started = existsSync(join(root, 'started')) ? readFileSync(join(root, 'started'), 'utf8') : '';
  return { status, stdout, said: stderr, started };
}

const toRun = ['nft', 'newuidmap', 'cc'];
const toTest = [
  'strace',
  'runc',
  'crun',
  'bwrap',
  'ip',
  'capsh',
  'skopeo',
  'umoci',
  'docker-registry',
  'openssl',
  'criu',
  'iptables-restore',
];

beforeEach(() => {
  root = join(top, `checkout-${count++}`);
  programs = join(root, 'programs');
  mkdirSync(programs, { recursive: true });
  cpSync('scripts/setup', join(root, 'scripts/setup'));
  // The script adds the folders of system programs to PATH; here only those of this test may be found.
  const script = readFileSync('scripts/setup', 'utf8').replace('PATH=$PATH:/usr/sbin:/sbin', '');
  write('scripts/setup', script, 0o755);
  for (const name of ['cmp', 'cp', 'find', 'flock', 'grep', 'ln', 'mkdir', 'tail', 'touch']) {
    symlinkSync(`/usr/bin/${name}`, join(programs, name));
  }
  symlinkSync('/bin/busybox', join(programs, 'busybox'));
  install([...toRun, ...toTest, 'npm']);
  write('package-lock.json', '{}');
  write('node_modules/.keelson-lock', '{}');
  write('node_modules/node/bin/node', `#!/bin/sh\necho node "$@" >>'${root}/started'\n`, 0o755);
  write('native/main.c', '');
  write('native/build.sh', `#!/bin/sh\necho agent >>'${root}/started'\n: >"$1"\n`, 0o755);
  write('scripts/build.ts', '');
  write('src/index.ts', '');
  write('build/keelson-agent', '');
  linkSync(join(root, 'build/keelson-agent'), join(root, 'build/keelson-runtime'));
  write('dist/inputs.sh', '');
});

const silence = { status: 0, stdout: '', said: '', started: '' };

test('says and starts nothing when all is there', () => {
  assert.deepEqual(setup(), silence);
  assert.deepEqual(setup('test'), silence);
});

test('rebuilds what is older than its sources, and no more', () => {
  const build = { said: 'setup: building the bundles\n', started: 'node scripts/build.ts\n' };
  write('src/index.ts', 'changed');
  assert.deepEqual(setup(), { ...silence, ...build });

  write('dist/inputs.sh', '');
  write('native/main.c', 'changed');
  const { said, started } = setup();
  assert.equal(said, `setup: building the agent\n${build.said}`);
  assert.equal(started, `agent\n${build.started}`);
});

test('a change of a unit test builds nothing', () => {
  write('src/index.test.ts', '');
  write('dist/inputs.sh', '');
  write('src/index.test.ts', 'changed');
  assert.deepEqual(setup(), silence);
});

test('installs npm dependencies when the lock file changed, by its content', () => {
  write('package-lock.json', '{}');
  write('dist/inputs.sh', '');
  assert.deepEqual(setup(), silence);

  write('package-lock.json', '{"changed":true}');
  const { said, started } = setup();
  assert.match(said, /^setup: installing npm dependencies\n/);
  assert.match(started, /^npm install --no-save /);
  assert.equal(readFileSync(join(root, 'node_modules/.keelson-lock'), 'utf8'), '{"changed":true}');
});

test('names what to install where it cannot install', () => {
  rmSync(join(programs, 'nft'));
  rmSync(join(programs, 'crun'));
  const named = (list: string) => ({
    ...silence,
    status: 1,
    said: `setup: install these first (named as in Debian): ${list}\n`,
  });
  assert.deepEqual(setup(), named('nftables'));
  assert.deepEqual(setup('test'), named('nftables crun'));
});

test('a failing step ends with its reason after the end of its output', () => {
  write('native/main.c', 'changed');
  write('native/build.sh', '#!/bin/sh\necho "main.c:1: error: changed" >&2\nexit 1\n', 0o755);
  const { status, said } = setup();
  assert.equal(status, 1);
  assert.deepEqual(said.split('\n'), [
    'setup: building the agent',
    'main.c:1: error: changed',
    `setup: building the agent failed; the whole output is in ${root}/build/setup.log`,
    '',
  ]);
});

test('refuses an unknown argument', () => {
  const { status, said } = setup('everything');
  assert.deepEqual([status, said], [1, `setup: unknown argument 'everything'; usage: scripts/setup [run|test|vm]\n`]);
});
