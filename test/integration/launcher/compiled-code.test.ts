import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

/** Says which command it is, as programs do, and what a function gives that only some runs call. */
const PROGRAM = `
  const [command] = process.argv.slice(2);
  const rare = () => 'rare'.toUpperCase();
  globalThis[Symbol.for('keelson.remember-code')](command.replace('--', ''));
  import('node:path').then(({ sep }) => console.log(__filename, sep, command === '--b' ? rare() : command));
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-compiled-'));
  cpSync('dist/start.cjs', join(folder, 'start.cjs'));
  writeFileSync(join(folder, 'program.cjs'), PROGRAM);
});

afterEach(() => rmSync(folder, { recursive: true }));

function run(command: string, given: { env?: NodeJS.ProcessEnv; place?: string } = {}): void {
  const { place = folder, env = {} } = given;
  const [start, program] = [join(place, 'start.cjs'), join(place, 'program.cjs')];
  const words = ['--disable-warning=ExperimentalWarning', start, '1', program, command];
  const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  const said = `${join(folder, 'program.cjs')} / ${command === '--b' ? 'RARE' : command}\n`;
  assert.deepEqual([stdout, stderr], [said, '']);
}

const caches = () => readdirSync(join(folder, 'cache')).map((name) => join(folder, 'cache', name));
const cache = () => caches()[0] ?? '';
/** Commands of whose runs the code is in the one file. */
const commands = () => JSON.parse(readFileSync(cache(), 'latin1').slice(0, 1024)).commands;

test('what was compiled in one run is taken by the next, which adds to it only what is new', () => {
  run('--a');
  assert.deepEqual(commands(), ['a']);
  const { ino } = statSync(cache());
  run('--a');
  assert.equal(statSync(cache()).ino, ino);
  run('--b');
  // V8 took it, for else the first would be forgotten.
  assert.deepEqual(commands(), ['a', 'b']);
  assert.equal(statSync(cache()).mode & 0o777, 0o644);
});

test('each command of a command line has a file of its own', () => {
  run('pull');
  run('run');
  assert.deepEqual(
    caches().map((path) => path.replace(/.*\/program-(\w+)-.*/, '$1')),
    ['pull', 'run'],
  );
});

for (const [name, damage] of Object.entries({
  'of another build': () => writeFileSync(join(folder, 'program.cjs'), `${PROGRAM} `),
  'cut off': () => truncateSync(cache(), 2000),
  empty: () => truncateSync(cache(), 0),
  'not ours': () => writeFileSync(cache(), 'x'.repeat(5000)),
  'of another V8': () => {
    const bytes = readFileSync(cache());
    bytes.fill(1, 1024, 1040);
    writeFileSync(cache(), bytes);
  },
})) {
  test(`a file ${name} is not taken, and replaced`, () => {
    run('--a');
    damage();
    run('--b');
    assert.deepEqual(commands(), ['b']);
    run('--a');
    assert.deepEqual(commands(), ['b', 'a']);
  });
}

test('flags of the user for V8 leave the file as it is', () => {
  run('--a');
  const { ino } = statSync(cache());
  run('--b', { env: { NODE_OPTIONS: '--jitless' } });
  assert.equal(statSync(cache()).ino, ino);
});

test('called through a symbolic link the program is where it really is', () => {
  const place = join(folder, 'link');
  symlinkSync('.', place);
  run('--a', { place });
  assert.deepEqual(commands(), ['a']);
});

test('where nothing can be written nobody is disturbed', () => {
  writeFileSync(join(folder, 'cache'), 'a file');
  run('--a');
  rmSync(join(folder, 'cache'));
  mkdirSync(join(folder, 'cache'));
  assert.deepEqual(caches(), []);
});
