import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setUpCgroup } from '../../../src/runtime/index.ts';
import { type Hooks, type LinuxSeccomp, OCI_VERSION, type RuntimeSpec } from '../../../src/spec/index.ts';
import { runs, until } from '../agent/processes.ts';
import { specOf } from '../differential/bundles.ts';
import { library } from '../differential/drivers.ts';
import { makeRoot } from '../differential/make-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'keelson-hooks-'));
// no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
after(() => rmSync(folder, { recursive: true }));

const root = makeRoot(join(folder, 'root'));
let count = 0;

/** A program of the host, or by `inRoot` of the container. Gives its path there. */
function script(text: string, { inRoot = false } = {}): string {
  const name = `hook-${count++}`;
  const path = join(inRoot ? join(root, 'bin') : folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return inRoot ? `/bin/${name}` : path;
}

function run(program: string, change: (spec: RuntimeSpec) => RuntimeSpec) {
  return runNamed(`hooks-${process.pid}-${count++}`, program, change);
}

function runNamed(id: string, program: string, change: (spec: RuntimeSpec) => RuntimeSpec) {
  return library.run(specOf({ name: id, script: program, change }, root), id);
}

const withHooks = (hooks: Hooks) => (spec: RuntimeSpec) => ({ ...spec, hooks });

describe('a hook that fails', { concurrency: 1 }, () => {
  for (const kind of ['prestart', 'createRuntime', 'createContainer', 'startContainer'] as const) {
    test(`${kind}: the program does not start, and nothing stays`, async () => {
      const id = `hooks-${process.pid}-${kind}`;
      const path = script('echo said; echo complained >&2; exit 3', { inRoot: kind === 'startContainer' });
      await assert.rejects(runNamed(id, 'echo started > /data/started', withHooks({ [kind]: [{ path }] })), {
        code: 'HOOK_FAILED',
        message: `error running ${kind} hook #0: exit status 3, stdout: said, stderr: complained`,
      });
      assert.equal(existsSync(join(root, 'data/started')), false);
      assert.equal(existsSync(`/sys/fs/cgroup/pids/keelson/${id}`), false);
      assert.deepEqual(setUpCgroup({ id, spec: { ociVersion: '' } }).pids(), []);
    });
  }

  test('the second of two: the first has run, and the third does not', async () => {
    const log = join(folder, 'order');
    const hook = (word: string, code: number) => ({ path: script(`echo ${word} >> ${log}; exit ${code}`) });
    const hooks = { createRuntime: [hook('one', 0), hook('two', 1), hook('three', 0)] };
    await assert.rejects(run('true', withHooks(hooks)), { message: /createRuntime hook #1: exit status 1/ });
    assert.equal(readFileSync(log, 'utf8'), 'one\ntwo\n');
  });

  test('by a signal, or since there is no such program', async () => {
    const path = script('kill -KILL $$');
    await assert.rejects(run('true', withHooks({ createContainer: [{ path }] })), { message: /: signal 9, stdout/ });
    const missing = { path: '/missing/hook' };
    for (const kind of ['prestart', 'createContainer', 'startContainer']) {
      await assert.rejects(run('true', withHooks({ [kind]: [missing] })), { code: 'HOOK_FAILED', message: /ENOENT/ });
    }
  });

  test('by its time: it is killed', async () => {
    for (const kind of ['createRuntime', 'createContainer']) {
      const begun = join(folder, `begun-${kind}`);
      const path = script(`echo > ${begun}; exec sleep 61.7`);
      const started = performance.now();
      await assert.rejects(run('true', withHooks({ [kind]: [{ path, timeout: 1 }] })), {
        code: 'HOOK_FAILED',
        message: new RegExp(`${kind} hook #0: ran past specified timeout of 1.0s`),
      });
      assert.ok(performance.now() - started < 20_000);
      assert.ok(existsSync(begun));
    }
    await until(() => spawnSync('pgrep', ['-f', '^sleep 61.7$']).status === 1, 'no hook is left');
  });
});

describe('what a hook gets', { concurrency: 1 }, () => {
  test('arguments and environment are its own', async () => {
    const file = join(folder, 'arguments');
    const path = script(`echo "$0 $1 $2 $A" > ${file}`);
    await run('true', withHooks({ prestart: [{ path, args: ['name', 'a b', 'c'], env: ['A=b', 'PATH=/bin'] }] }));
    // A script sees its path in place of argv[0].
    assert.equal(readFileSync(file, 'utf8'), `${path} a b c b\n`);
  });

  test('the state on standard input, up to its end, also when it is not read', async () => {
    const file = join(folder, 'state');
    const change = (spec: RuntimeSpec) => ({
      ...withHooks({ createRuntime: [{ path: script(`cat > ${file}`) }, { path: script('exit 0') }] })(spec),
      annotations: { 'org.example': 'ä"\n' },
    });
    const id = `hooks-${process.pid}-state`;
    await runNamed(id, 'true', change);
    const { pid, ...state } = JSON.parse(readFileSync(file, 'utf8'));
    assert.deepEqual(state, {
      ociVersion: OCI_VERSION,
      id,
      status: 'creating',
      bundle: root,
      annotations: { 'org.example': 'ä"\n' },
    });
    assert.ok(pid > 1 && !runs(pid));
  });

  test('a process that it leaves behind holds nothing up', async () => {
    const pidFile = join(folder, 'left');
    const path = script(`sleep 30 & echo $! > ${pidFile}`);
    const started = performance.now();
    await run('true', withHooks({ prestart: [{ path }] }));
    assert.ok(performance.now() - started < 15_000);
    process.kill(Number(readFileSync(pidFile, 'utf8')));
  });

  test('no descriptor of ours beyond the three streams', async () => {
    const file = join(folder, 'descriptors');
    const path = script(`ls /proc/self/fd > ${file}`);
    const inside = script('ls /proc/self/fd > /data/descriptors', { inRoot: true });
    const hooks = { createRuntime: [{ path }], startContainer: [{ path: inside, env: ['PATH=/tmp:/bin'] }] };
    await run('true', withHooks(hooks)); // leaves the applets in /tmp
    await run('true', withHooks(hooks));
    // ls opens the folder itself as 3; dash keeps the script as 10.
    const own = (text: string) => text.split('\n').filter((fd) => Number(fd) > 3 && Number(fd) !== 10);
    assert.deepEqual(own(readFileSync(file, 'utf8')), []);
    assert.deepEqual(own(readFileSync(join(root, 'data/descriptors'), 'utf8')), []);
  });
});

describe('where a hook has its place', { concurrency: 1 }, () => {
  test('prestart gives the network its interface, before sysctls are written and the program starts', async () => {
    const path = script(
      `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
      ip link add given netns "$pid" type veth peer name other netns "$pid"`,
    );
    const { exitCode, stdout } = await run(
      'cat /proc/sys/net/ipv4/conf/given/forwarding; ip link show given | grep -c given@',
      (spec) => ({
        ...withHooks({ prestart: [{ path }] })(spec),
        linux: { ...spec.linux, sysctl: { 'net.ipv4.conf.given.forwarding': '1' } },
      }),
    );
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: '1\n1\n' });
  });

  test('createContainer adds a mount of the host to the root, before that is all there is', async () => {
    const source = join(folder, 'source');
    writeFileSync(source, 'of the host\n');
    const path = script(`: > data/mounted && mount --bind ${source} data/mounted`);
    const { stdout } = await run('cat /data/mounted', withHooks({ createContainer: [{ path }] }));
    assert.equal(stdout, 'of the host\n');
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(folder), false);
  });

  test('startContainer is as the program: user, capabilities, privileges, filter, limits, folder', async () => {
    const seccomp: LinuxSeccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['memfd_create', 'clone3', 'waitid', 'ppoll'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    };
    const report = `pwd; ulimit -n; umask; grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status`;
    const path = script(`{ ${report}; } > /data/hook`, { inRoot: true });
    spawnSync('chmod', ['777', join(root, 'data')]);
    for (const noNewPrivileges of [true, false]) {
      const { stdout } = await run(report, (spec) => ({
        ...withHooks({ startContainer: [{ path }] })(spec),
        process: {
          ...spec.process,
          cwd: '/data',
          env: ['PATH=/tmp:/bin'],
          user: { uid: 7, gid: 8, additionalGids: [9], umask: 0o27 },
          noNewPrivileges,
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 77, hard: 88 }],
          capabilities: { bounding: ['CAP_KILL'], permitted: ['CAP_KILL'], effective: ['CAP_KILL'] },
        },
        linux: { ...spec.linux, seccomp },
      }));
      assert.match(stdout, /Seccomp:\t2/);
      assert.equal(readFileSync(join(root, 'data/hook'), 'utf8'), stdout);
      rmSync(join(root, 'data/hook'));
    }
  });
});
