/** What a front passes on: streams, descriptors, terminals, signals, exit codes, and whose child a container becomes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FRONT, openBrains } from './brains.ts';
import { FrontBundle } from './front-under-test.ts';

const brains = openBrains();
const bundle = new FrontBundle();
after(async () => {
  bundle.call(brains.env, 'delete', '--force', bundle.id);
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

const ways = {
  'a brain of its own': { ...brains.env, KEELSON_RUNTIME_IDLE: '0' },
  'a brain that stays': brains.env,
};

/** Runs a shell that calls the front as "$0" with "$@". */
function shell(env: Readonly<Record<string, string>>, script: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, FRONT, ...bundle.words(...words)], {
    cwd: bundle.folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}

for (const [name, env] of Object.entries(ways)) {
  test(`${name}: exit codes are the program's`, () => {
    for (const status of [0, 1, 42, 255]) {
      bundle.command(['sh', '-c', `exit ${status}`]);
      assert.equal(bundle.call(env, 'run', bundle.id).status, status);
    }
    bundle.command(['sh', '-c', "sh -c 'kill -9 $$'; exit $?"]);
    assert.equal(bundle.call(env, 'run', bundle.id).status, 137);
    assert.deepEqual(bundle.left(), []);
  });

  test(`${name}: the container has the caller's own streams`, () => {
    bundle.command(['sh', '-c', 'cat; echo err >&2']);
    const { stdout, stderr } = shell(env, 'echo typed | "$0" "$@"', 'run', bundle.id);
    assert.deepEqual([stdout, stderr], ['typed\n', 'err\n']);
  });

  test(`${name}: descriptors from 3 on, as many as the caller counts and no other`, () => {
    bundle.command(['sh', '-c', 'cat <&3; cat <&4; ls /proc/self/fd | wc -w; echo $LISTEN_FDS $LISTEN_PID']);
    const files = 'echo three >three; echo four >four; exec 3<three 4<four 5<four';
    // ls has its own, and 0, 1, 2.
    const { stdout } = shell(env, `${files}; exec "$0" "$@"`, 'run', '--preserve-fds', '2', bundle.id);
    assert.equal(stdout, 'three\nfour\n6\n\n');
    const listen = shell(env, `${files}; LISTEN_FDS=1 exec "$0" "$@"`, 'run', '--preserve-fds', '1', bundle.id);
    assert.equal(listen.stdout, 'three\nfour\n6\n1 1\n');
    const missing = shell(env, 'exec 3<&-; exec "$0" "$@"', 'run', '--preserve-fds', '1', bundle.id);
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /preserved-fd 3/);
    assert.deepEqual(bundle.left(), []);
  });

  test(`${name}: works without any of the three streams`, () => {
    bundle.command(['true']);
    const { status } = shell(env, 'exec <&- >&- 2>&-; exec "$0" "$@"', 'run', bundle.id);
    assert.equal(status, 0);
  });

  test(`${name}: a file on standard input can be the resources of an update`, () => {
    bundle.command(['sleep', '100']);
    assert.equal(shell(env, '"$0" "$@" >/dev/null 2>&1', 'run', '--detach', bundle.id).status, 0);
    const { status, stderr } = shell(env, `echo '{"pids":{"limit":77}}' | "$0" "$@"`, 'update', '-r', '-', bundle.id);
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(readFileSync(`/sys/fs/cgroup/pids/${bundle.id}/pids.max`, 'utf8'), '77\n');
    assert.equal(bundle.call(env, 'delete', '--force', bundle.id).status, 0);
    assert.deepEqual(bundle.left(), []);
  });

  test(`${name}: relative paths count from the caller's folder`, () => {
    bundle.command(['sleep', '100']);
    const script = 'mkdir -p "$PWD/deeper" && cd deeper && "$0" "$@" >/dev/null 2>&1';
    assert.equal(shell(env, script, 'create', '--bundle', '..', '--pid-file', 'pid', bundle.id).status, 0);
    const pid = readFileSync(join(bundle.folder, 'deeper/pid'), 'utf8');
    assert.equal(JSON.parse(bundle.call(env, 'state', bundle.id).stdout).pid, Number(pid));
    assert.equal(bundle.call(env, 'delete', '--force', bundle.id).status, 0);
  });

  test(`${name}: a relative cgroup path counts from the caller's own cgroup`, () => {
    bundle.command(['true']);
    bundle.cgroup(bundle.id);
    const own = `/sys/fs/cgroup/pids/${bundle.id}-caller`;
    mkdirSync(own);
    try {
      const script = `echo $$ >${own}/cgroup.procs; "$0" "$@" >/dev/null 2>&1`;
      assert.equal(shell(env, script, 'create', bundle.id).status, 0);
      assert.equal(existsSync(join(own, bundle.id)), true);
      assert.equal(bundle.call(env, 'delete', '--force', bundle.id).status, 0);
      assert.equal(existsSync(join(own, bundle.id)), false);
    } finally {
      rmdirSync(own);
    }
  });

  test(`${name}: init becomes the child of the caller's subreaper, outside its cgroup`, () => {
    bundle.command(['sleep', '100']);
    // A subreaper as a shim is one: it starts the runtime from a child, and waits for init as its own.
    const { status, stdout, stderr } = spawnSync('python3', ['-c', SUBREAPER, FRONT, ...bundle.words('create')], {
      cwd: bundle.folder,
      env: { ...process.env, ...env, ID: bundle.id },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, 'created 0, init is ours, ended by 9\n');
    assert.equal(bundle.call(env, 'delete', bundle.id).status, 0);
    assert.deepEqual(bundle.left(), []);
  });

  test(`${name}: signals in the foreground reach the program`, async () => {
    bundle.command([
      'sh',
      '-c',
      'trap "echo got TERM; exit 5" TERM; trap "echo got HUP" HUP; echo ready; while :; do sleep 0.05; done',
    ]);
    const { child, output, ended } = bundle.start(env, ['run', bundle.id]);
    while (!output().includes('ready')) await sleep(10);
    child.kill('SIGHUP');
    await sleep(300);
    child.kill('SIGTERM');
    const { status, stdout } = await ended;
    assert.deepEqual([status, stdout], [5, 'ready\ngot HUP\ngot TERM\n']);
    assert.deepEqual(bundle.left(), []);
  });

  test(`${name}: a terminal becomes raw for the program and what it was afterwards`, () => {
    bundle.command(['sh', '-c', 'read line; echo "[$line]"; test -t 0 && test -t 1 && tty; stty size'], true);
    const { status, stdout } = spawnSync('python3', ['-c', TERMINAL, FRONT, ...bundle.words('run', bundle.id)], {
      cwd: bundle.folder,
      env: { ...process.env, ...env },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), {
      output: 'typed\n[typed]\n/dev/pts/0\n24 80\n',
      raw: true,
      restored: true,
      status: 0,
    });
  });

  test(`${name}: a terminal goes to the console socket`, () => {
    bundle.command(['sh', '-c', 'tty; echo hello'], true);
    const { status, stdout, stderr } = spawnSync('python3', ['-c', CONSOLE, FRONT, ...bundle.words()], {
      cwd: bundle.folder,
      env: { ...process.env, ...env, ID: bundle.id },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, '/dev/pts/0\r\nhello\r\n');
    assert.equal(bundle.call(env, 'delete', '--force', bundle.id).status, 0);
  });
}

test('twenty at once, each with its own answer', async () => {
  const env = brains.env;
  bundle.command(['sleep', '100']);
  assert.equal(shell(env, '"$0" "$@" >/dev/null 2>&1', 'run', '--detach', bundle.id).status, 0);
  const before = brains.pids();
  const all = Array.from({ length: 20 }, (_, i) =>
    bundle.start(env, ['exec', bundle.id, 'sh', '-c', `echo ${i}; echo e${i} >&2; exit ${i}`]),
  );
  const ends = await Promise.all(all.map(({ ended }) => ended));
  for (const [i, end] of ends.entries()) {
    assert.deepEqual(end, { status: i, signal: null, stdout: `${i}\n`, stderr: `e${i}\n` });
  }
  assert.deepEqual(brains.pids(), before);
  assert.equal(bundle.call(env, 'delete', '--force', bundle.id).status, 0);
  assert.deepEqual(bundle.left(), []);
});

test('a caller that is killed takes with it what it was making', async () => {
  bundle.command(['sleep', '100']);
  for (let delay = 0; delay < 12; delay++) {
    const { child, ended } = bundle.start(brains.env, ['create', bundle.id], { quiet: true });
    await sleep(delay);
    child.kill('SIGKILL');
    await ended;
    await sleep(50);
    // Made, or not, or half: by force it goes, and the brain is there for that.
    assert.equal(bundle.call(brains.env, 'delete', '--force', bundle.id).status, 0, `after ${delay} ms`);
    assert.deepEqual(bundle.left(), [], `after ${delay} ms`);
  }
  assert.equal(brains.pids().length, 1);
});

const SUBREAPER = `
import ctypes, os, signal, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
null = subprocess.DEVNULL
made = subprocess.run(sys.argv[1:] + ['--pid-file', 'pid', os.environ['ID']], stdin=null, stdout=null, stderr=null)
pid = int(open('pid').read())
parent = [line for line in open(f'/proc/{pid}/status') if line.startswith('PPid')][0].split()[1]
os.kill(pid, signal.SIGKILL)
_, status = os.waitpid(pid, 0)
print(f"created {made.returncode}, init is {'ours' if int(parent) == os.getpid() else parent}, ended by {os.WTERMSIG(status)}")
`;

const TERMINAL = `
import json, os, pty, select, sys, termios
pid, master = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
before = termios.tcgetattr(master)
output, raw = b'', False
while True:
    readable, _, _ = select.select([master], [], [], 0.02)
    if not raw and not termios.tcgetattr(master)[3] & termios.ICANON:
        raw = True
        os.write(master, b'typed\\r')
    if not readable:
        continue
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    output += part
restored = termios.tcgetattr(master) == before
_, status = os.waitpid(pid, 0)
print(json.dumps({'output': output.decode().replace('\\r', ''), 'raw': raw, 'restored': restored, 'status': os.waitstatus_to_exitcode(status)}))
`;

const CONSOLE = `
import array, os, socket, subprocess, sys
server = socket.socket(socket.AF_UNIX)
server.bind('console')
server.listen(1)
null = subprocess.DEVNULL
front, name = sys.argv[1:], os.environ['ID']
made = subprocess.Popen(front + ['create', '--console-socket', 'console', name], stdin=null, stdout=null, stderr=null)
connection, _ = server.accept()
_, control, _, _ = connection.recvmsg(4096, 64)
master = array.array('i', control[0][2][:4])[0]
assert made.wait() == 0
subprocess.run(front + ['start', name], check=True)
output = b''
while True:
    try:
        part = os.read(master, 4096)
    except OSError:
        break
    if not part:
        break
    output += part
os.unlink('console')
sys.stdout.buffer.write(output)
`;
