/** Who may use a brain, and what it keeps of those who called it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FRONT, openBrains } from './brains.ts';
import { exitFrame } from './exit-frame.ts';

const FAKE = new URL('fake-brain.ts', import.meta.url).pathname;

const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd = '/') =>
  spawnSync(program, args, { cwd, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8', timeout: 30_000 });

const version = (env: Readonly<Record<string, string>>, program = FRONT) => run(program, ['--version'], env).stdout;
const ownVersion = version({ KEELSON_RUNTIME_BRAIN: '/proc/none' });

test('the first command leaves a brain, which serves the next ones', async () => {
  await using brains = openBrains();
  assert.match(version(brains.env), /^keelson-runtime version/);
  const [pid] = await brains.settled(1);
  for (let i = 0; i < 3; i++) assert.equal(version(brains.env), ownVersion);
  assert.deepEqual(brains.pids(), [pid]);
});

test('places of killed brains of other builds are removed, and those at which somebody listens are not', async () => {
  await using brains = openBrains();
  chmodSync(brains.folder, 0o700);
  const [dead, live, other] = ['brain-1a-2b', 'brain-3c-4d', 'brain-of-nobody'].map((name) =>
    join(brains.folder, name),
  );
  const listen = `require('node:net').createServer().listen('${dead}', () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', listen]);
  writeFileSync(other ?? '', '');
  using server = { server: createServer().listen(live), [Symbol.dispose]: () => void server.server.close() };
  await once(server.server, 'listening');
  assert.equal(readdirSync(brains.folder).length, 3);
  version(brains.env);
  await brains.settled(1);
  for (let tries = 0; tries < 400 && existsSync(dead ?? ''); tries++) await sleep(10);
  assert.deepEqual(
    [dead, live, other].map((path) => existsSync(path ?? '')),
    [false, true, true],
  );
});

test('without the files of the package beside it, the native program says what to start instead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'front-alone-'));
  try {
    const program = join(folder, 'keelson-runtime');
    cpSync(FRONT, program);
    const { status, stderr } = run(program, ['--version'], { KEELSON_RUNTIME_BRAIN: '/proc/none' });
    assert.equal(status, 1);
    assert.match(stderr, /cannot execute .*bin\/keelson-brain; start bin\/keelson-runtime of the package/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('it goes when nothing was asked for as long as it was told to stay', async () => {
  await using brains = openBrains('1500ms');
  version(brains.env);
  await brains.settled(1);
  // A command in between makes it wait anew.
  await sleep(1000);
  version(brains.env);
  await sleep(1000);
  assert.equal(brains.pids().length, 1);
  await brains.settled(0);
  assert.deepEqual(readdirSync(brains.folder), []);
});

test('nobody stays when told so, or when that cannot be read', async () => {
  for (const idle of ['0', 'soon']) {
    await using brains = openBrains(idle);
    assert.equal(version(brains.env), ownVersion);
    await brains.settled(0);
    assert.deepEqual(readdirSync(brains.folder), []);
  }
});

test('it keeps nothing of its caller', async () => {
  await using brains = openBrains();
  const folder = mkdtempSync(join(tmpdir(), 'front-caller-'));
  const cgroup = `/sys/fs/cgroup/pids/front-caller-${process.pid}`;
  mkdirSync(cgroup);
  try {
    // From a cgroup of its own, with a descriptor, in a folder and a session that shall be free afterwards.
    const script = `echo $$ >${cgroup}/cgroup.procs; exec 7<${folder}/kept; exec setsid "$0" --version`;
    writeFileSync(join(folder, 'kept'), '');
    const env = { ...brains.env, SECRET: 'told to the caller alone' };
    const { stdout } = run('/bin/sh', ['-c', script, FRONT], env, folder);
    assert.equal(stdout, ownVersion);
    const [pid = 0] = await brains.settled(1);
    // It leaves when its first caller has been served.
    for (let tries = 0; readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') !== '' && tries < 200; tries++)
      await sleep(10);
    assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), /^(\d+:[^:]*:\/\n)+$/);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    assert.deepEqual(
      open.filter((path) => path.startsWith('/') && path !== '/dev/null'),
      [],
    );
    assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ');
    assert.equal(stat[5], String(pid), 'it leads a session of its own');
    assert.doesNotMatch(readFileSync(`/proc/${pid}/environ`, 'utf8'), /SECRET|KEELSON_RUNTIME/);
  } finally {
    execFileSync('rmdir', [cgroup]);
    // no-mount-below: one file
    rmSync(folder, { recursive: true });
  }
});

test('a brain of another user is not obeyed', async () => {
  const path = await socketName(FRONT);
  for (const [uid, status] of [
    [0, 99],
    [65534, 0],
  ] as const) {
    await using brains = openBrains('0');
    chmodSync(brains.folder, 0o777);
    const place = join(brains.folder, path);
    const fake = spawn(process.execPath, [FAKE, place, String(uid), exitFrame(99).toString('hex')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(fake.stdout, 'data');
      assert.equal(run(FRONT, ['--version'], brains.env).status, status, `of user ${uid}`);
    } finally {
      fake.kill('SIGKILL');
      await once(fake, 'close');
    }
  }
});

test('a brain is for fronts of its own build', async () => {
  await using brains = openBrains();
  const folder = mkdtempSync(join(tmpdir(), 'front-build-'));
  try {
    for (const part of ['bin', 'dist', 'build']) cpSync(part, join(folder, part), { recursive: true });
    const other = join(folder, 'build/keelson-runtime');
    // A package, without sources: the Node of the machine may be too old.
    const env = { ...brains.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    assert.equal(run(other, ['--version'], env).stdout, ownVersion);
    await brains.settled(1);
    version(brains.env);
    await brains.settled(2);
    assert.equal(readdirSync(brains.folder).length, 2);
    // The same package with another program is another build, though all else is the same.
    cpSync(join(folder, 'dist/keelson-brain.cjs'), join(folder, 'dist/new.js'));
    renameSync(join(folder, 'dist/new.js'), join(folder, 'dist/keelson-brain.cjs'));
    assert.equal(run(other, ['--version'], env).stdout, ownVersion);
    await brains.settled(3);
  } finally {
    // no-mount-below: copies of files
    rmSync(folder, { recursive: true });
  }
});

test('whoever sees another world, or may do less, gets a brain of its own', async () => {
  const ways: Record<string, readonly string[]> = {
    'mount namespace': ['unshare', '--mount', '--propagation', 'unchanged'],
    'pid namespace': ['unshare', '--pid', '--fork', '--mount-proc'],
    'user namespace': ['unshare', '--user', '--map-root-user'],
    capabilities: ['setpriv', '--bounding-set', '-sys_time'],
    umask: ['sh', '-c', 'umask 077; exec "$0" "$@"'],
  };
  const folder = mkdtempSync(join(tmpdir(), 'front-calls-'));
  const calls = join(folder, 'calls');
  await using brains = openBrains();
  version(brains.env);
  await brains.settled(1);
  const startsBrain = (before: readonly string[]) => {
    const trace = ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', calls];
    const [program = '', ...args] = [...before, ...trace, FRONT, '--version'];
    const { stdout, stderr } = run(program, args, { ...brains.env, KEELSON_RUNTIME_IDLE: '0' });
    assert.equal(stdout, ownVersion, `${before.join(' ')}: ${stderr}`);
    return readFileSync(calls, 'utf8').includes('keelson-brain');
  };
  try {
    assert.equal(startsBrain([]), false);
    for (const [what, before] of Object.entries(ways)) assert.equal(startsBrain(before), true, what);
  } finally {
    // no-mount-below: one file
    rmSync(folder, { recursive: true });
  }
});

test('a brain that does nothing holds nobody up for long', async () => {
  await using brains = openBrains();
  version(brains.env);
  const [resident = 0] = await brains.settled(1);
  process.kill(resident, 'SIGSTOP');
  try {
    assert.equal(version({ ...brains.env, KEELSON_RUNTIME_IDLE: '0' }), ownVersion);
  } finally {
    process.kill(resident, 'SIGCONT');
  }
});

test('its folder must be ours alone', async () => {
  await using brains = openBrains();
  chmodSync(brains.folder, 0o755);
  assert.equal(version(brains.env), ownVersion);
  await brains.settled(0);
  assert.deepEqual(readdirSync(brains.folder), []);
});

/** The name of the socket that the fronts of a build look for. */
async function socketName(front: string): Promise<string> {
  await using brains = openBrains();
  version(brains.env, front);
  await brains.settled(1);
  return readdirSync(brains.folder).find((name) => name.startsWith('brain-')) ?? '';
}
