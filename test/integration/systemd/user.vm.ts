/** Containers of an ordinary user: without a systemd of the user, and with one. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { specOf } from '../differential/bundles.ts';
import { makeRoot } from '../differential/make-root.ts';
import { EngineScope, LIMITED, RUNTIMES, TRIED } from './engines/engine-places.ts';
import { BUNDLE, propertiesOf } from './systemd-containers.ts';

const USER = 'tester';
const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' })));
const runFolder = `/run/user/${uid}`;
const bus = `${runFolder}/bus`;
const folder = mkdtempSync(`/home/${USER}/systemd-`);
const id = `user-${process.pid}`;
const LIMITS = '67108864\n50\n';

const programs = {
  runc: ['runc', '--root', `${folder}/state-runc`],
  keelson: [process.execPath, BUNDLE, '--root', `${folder}/state-keelson`],
} as const;

/** Words of setpriv(1) for a program of the user's, whose environment follows. */
const WHO = ['--reuid', USER, '--regid', USER, '--clear-groups', 'env', '-i', `PATH=${process.env.PATH}`];

type Environment = Readonly<Record<string, string>>;

/** A command of the ordinary user. What it prints goes to files: a container may keep its streams. */
function asUser(words: readonly string[], env: Environment = {}) {
  const [output, errors] = [`${folder}/output`, `${folder}/errors`];
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { status } = spawnSync(
    'setpriv',
    [...WHO, ...variables, 'sh', '-c', 'exec "$@" >"$0/output" 2>"$0/errors" </dev/null', folder, ...words],
    { timeout: 120_000, stdio: 'ignore' },
  );
  return { status, stdout: readFileSync(output, 'utf8'), stderr: readFileSync(errors, 'utf8') };
}

/** One that must succeed; gives what it printed. */
function succeed(words: readonly string[], env: Environment): string {
  const { status, stdout, stderr } = asUser(words, env);
  assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** As rootless engines call a runtime: as root of a user namespace. */
const asRootInside = (words: readonly string[], env: Environment) =>
  asUser(['unshare', '--user', '--map-root-user', '--mount', ...programs.keelson, '--systemd-cgroup', ...words], env);

/** A bundle of the user's; `own`: the container has a user namespace of its own. */
function bundle(name: string, script: string, own: Partial<RuntimeSpec['linux']> = {}): string {
  const path = join(folder, name);
  const spec = specOf(
    { name: id, script: `/bin/busybox --install -s /tmp; PATH=/tmp; ${script}` },
    join(folder, 'root'),
  );
  // Nobody but root has group 5 in the user namespace.
  const mounts = spec.mounts?.map((mount) => ({
    ...mount,
    options: mount.options?.filter((o) => !o.startsWith('gid=')),
  }));
  const resources = { memory: { limit: 2 ** 26 }, pids: { limit: 50 } };
  mkdirSync(path, { recursive: true });
  const linux = { ...spec.linux, resources, ...own };
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...spec, mounts, linux }));
  execFileSync('chown', ['-R', `${USER}:`, path]);
  return path;
}

/** The user is root of the container's own user namespace. */
function ownNamespace(cgroupsPath: string): Partial<RuntimeSpec['linux']> {
  const types = ['user', 'mount', 'pid', 'ipc', 'uts', 'network', 'cgroup'] as const;
  return {
    cgroupsPath,
    namespaces: types.map((type) => ({ type })),
    uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
  };
}

const PRINT = 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max';

before(() => {
  makeRoot(join(folder, 'root'));
  execFileSync('chown', ['-R', `${USER}:`, folder]);
  chownSync(folder, uid, gid);
});

after(() => {
  execFileSync('loginctl', ['disable-linger', USER]);
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true });
});

describe("an ordinary user's container", { concurrency: 1 }, () => {
  test('without a systemd of the user it is an error that says so', () => {
    const { status, stderr } = asRootInside(['run', '--bundle', bundle('none', PRINT), id], {});
    assert.equal(status, 1);
    assert.match(stderr, /cannot reach the user's systemd: XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS are not set/);
  });

  describe('is a unit of the systemd that its user has', { concurrency: 1 }, () => {
    before(async () => {
      execFileSync('loginctl', ['enable-linger', USER]);
      for (let tries = 0; tries < 1200 && !existsSync(bus); tries++) await sleep(50);
    });

    const inUser = { XDG_RUNTIME_DIR: runFolder };
    const ofUser = ['setpriv', ...WHO, `XDG_RUNTIME_DIR=${runFolder}`, 'systemctl', '--user'];

    for (const runtime of ['runc', 'keelson'] as const) {
      test(`from its start to its end, by ${runtime}`, async () => {
        const name = `${id}-${runtime}`;
        const path = bundle(name, 'exec sleep 1000', ownNamespace(`keelson-user.slice:keelson:${name}`));
        const must = (...words: string[]) => succeed([...programs[runtime], ...words], inUser);
        must('--systemd-cgroup', 'run', '--detach', '--bundle', path, name);
        const scope = new EngineScope(`keelson-${name}.scope`, 'keelson-user.slice', ofUser);
        scope.requireProperties({ MemoryMax: '67108864', TasksMax: '50' });
        must('exec', '--detach', name, '/bin/busybox', 'sleep', '1000');
        // The kernel lets nobody go there who is not in the user's part of the tree, as we are not: runc leaves it outside.
        assert.equal(scope.processes, runtime === 'runc' ? 1 : 2);
        must('update', '--memory', '32m', '--pids-limit', '33', name);
        scope.requireProperties({ MemoryMax: '33554432', TasksMax: '33' });
        scope.requireFiles({ 'memory.max': '33554432', 'pids.max': '33' });
        must('delete', '--force', name);
        await scope.requireGone();
      });
    }

    for (const runtime of TRIED) {
      test(`of the user's podman, by ${runtime}`, async () => {
        const words = [
          'podman',
          '--events-backend',
          'file',
          '--cgroup-manager',
          'systemd',
          '--runtime',
          RUNTIMES[runtime],
        ];
        const env = { ...inUser, HOME: folder };
        const limits = ['--memory', '64m', '--cpus', '0.5', '--pids-limit', '40'];
        const run = ['run', '--network', 'none', '--name', runtime, ...limits, '--detach'];
        const program = ['--rootfs', `${folder}/root`, '/bin/busybox', 'sleep', '1000'];
        const made = succeed([...words, ...run, ...program], env).trim();
        const scope = new EngineScope(`libpod-${made}.scope`, 'user.slice', ofUser);
        scope.requireProperties({ ...LIMITED, TasksMax: '40' });
        scope.requireFiles({ 'memory.max': String(2 ** 26), 'cpu.max': '50000 100000', 'pids.max': '40' });
        succeed([...words, 'exec', '--detach', runtime, '/bin/busybox', 'sleep', '1000'], env);
        assert.equal(scope.processes, 2);
        succeed([...words, 'rm', '--force', '--time', '0', runtime], env);
        await scope.requireGone();
      });
    }

    for (const [way, env] of [
      ["the session's bus", { DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` }],
      ['the socket of systemd, where no bus answers', { ...inUser, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }],
    ] as const) {
      test(`reached by ${way}`, () => {
        const path = bundle('way', `cat /proc/self/cgroup; ${PRINT}`, ownNamespace(`:keelson:${id}-way`));
        const words = [...programs.keelson, '--systemd-cgroup', 'run', '--bundle', path, `${id}-way`];
        const { stdout, stderr } = asUser(words, env);
        assert.equal(stdout, `0::/\n${LIMITS}`, stderr);
        assert.equal(propertiesOf(`keelson-${id}-way.scope`, ofUser).LoadState, 'not-found');
      });
    }

    test('for root of a user namespace of the user too', () => {
      const path = bundle('inside', PRINT);
      const { stdout, stderr } = asRootInside(['run', '--bundle', path, id], inUser);
      assert.equal(stdout, LIMITS, stderr);
    });
  });
});
