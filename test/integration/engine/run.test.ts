import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configOf, runToEnd, shell, temporaryEngine } from './container-under-test.ts';

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

describe('what a container is', () => {
  test('a process tree of its own, where its command is pid 1', async () => {
    assert.equal(await shell(engine, 'echo $$ $PPID; ls -d /proc/[0-9]* | head -1'), '1 0\n/proc/1\n');
  });

  test('a host name, and the environment that Docker gives', async () => {
    const out = await shell(engine, 'hostname; echo $HOSTNAME $HOME $PATH', { hostname: 'keel' });
    assert.equal(out, 'keel\nkeel /root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n');
  });

  test('nothing but loopback without a network', async () => {
    assert.match(
      await shell(engine, 'ip -o addr; ping -c 1 -W 1 127.0.0.1'),
      /lo .*127\.0\.0\.1\/8[\s\S]*1 packets received/,
    );
  });

  test("Docker's default privileges, and a filter for system calls", async () => {
    const status = await shell(engine, 'grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status');
    assert.match(
      status,
      /CapInh:\t0{16}\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n/,
    );
    assert.match(status, /Seccomp:\t2/);
    assert.match(status, /NoNewPrivs:\t0/);
  });

  test('capabilities added and dropped, and no new privileges', async () => {
    const privileges = { ...configOf([]).privileges, capDrop: ['ALL'], capAdd: ['net_admin'], noNewPrivileges: true };
    const status = await shell(engine, 'grep -E "^(CapEff|NoNewPrivs)" /proc/self/status', { privileges });
    assert.equal(status, 'CapEff:\t0000000000001000\nNoNewPrivs:\t1\n');
  });

  test('the default devices with their exact bits, and no descriptor of ours', async () => {
    const out = await shell(engine, 'stat -c "%n %a %t:%T" /dev/null /dev/tty /dev/urandom; ls /proc/$$/fd; true');
    assert.equal(out, '/dev/null 666 1:3\n/dev/tty 666 5:0\n/dev/urandom 666 1:9\n0\n1\n2\n');
  });

  test('the dangerous parts of /proc and /sys hidden or read-only', async () => {
    const out = await shell(
      engine,
      'wc -c < /proc/keys; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/panic || echo refused; mkdir /sys/fs/x || echo refused',
    );
    assert.equal(out.replaceAll(/^.*can't.*$/gm, ''), '0\n0\nrefused\nrefused\n');
  });

  test('user and groups by name from the files of the image', async () => {
    assert.equal(
      await shell(engine, 'id', { user: 'nobody', groupAdd: ['tty', '77'] }),
      'uid=65534(nobody) gid=65534(nobody) groups=5(tty),77,65534(nobody)\n',
    );
  });

  test('a terminal of its own', async () => {
    const { stdout, exitCode } = await runToEnd(
      engine,
      configOf(['sh', '-c', 'tty; stty size; ls -la /dev/console | cut -c1'], { tty: true }),
    );
    assert.equal(stdout.replaceAll('\r', ''), '/dev/pts/0\n24 80\nc\n');
    assert.equal(exitCode, 0);
  });
});

describe('limits', () => {
  test('memory: what takes too much is killed, and we say so', async () => {
    const hog = configOf(['sh', '-c', 'tail /dev/zero'], { resources: { memory: 32 << 20 } });
    const { exitCode, oomKilled } = await runToEnd(engine, hog);
    assert.equal(exitCode, 137);
    assert.equal(oomKilled, true);
  });

  test('processes, open files, processor time', async () => {
    const changes = { resources: { pidsLimit: 32, cpus: 0.5 }, ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] };
    const out = await shell(
      engine,
      'ulimit -n; cd /sys/fs/cgroup; cat pids.max cpu.max 2>/dev/null || cat pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us',
      changes,
    );
    assert.match(out, /^100\n32\n50000\s100000\n$/);
  });
});

describe('files', () => {
  test('input, output, errors and the exit code', async () => {
    const { stdout, stderr, exitCode } = await runToEnd(
      engine,
      configOf(['sh', '-c', 'cat; echo err >&2; exit 7'], { interactive: true }),
      'in',
    );
    assert.deepEqual({ stdout, stderr, exitCode }, { stdout: 'in', stderr: 'err\n', exitCode: 7 });
  });

  test('a megabyte passes through unharmed', async () => {
    const { stdout } = await runToEnd(engine, configOf(['cat'], { interactive: true }), 'x'.repeat(1 << 20));
    assert.equal(stdout.length, 1 << 20);
  });

  test('bind mounts, read-only ones, tmpfs, and a read-only root', async () => {
    const source = join(engine.root, 'shared');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'hello');
    const mounts = [
      { type: 'bind' as const, source, target: '/data/deep', readOnly: true },
      { type: 'tmpfs' as const, target: '/scratch', readOnly: false, tmpfsSize: 1 << 20 },
    ];
    const script =
      'cat /data/deep/file; touch /data/deep/x || echo " ro"; touch /scratch/x && df -k /scratch | tail -1 | cut -c1-40; touch /y || echo ro';
    const out = await shell(engine, script, { mounts, readOnly: true });
    assert.match(out, /^hello ro\ntmpfs +1024 .*\nro\n$/);
  });

  test("the host's own root as the root, with nothing written to it", async () => {
    const out = await shell(
      engine,
      'head -c 4 /etc/os-release; touch /etc/keelson-was-here; ls /etc/keelson-was-here',
      {
        image: undefined,
        rootfs: '/',
      },
    );
    assert.match(out, /\/etc\/keelson-was-here\n$/);
    assert.equal(existsSync('/etc/keelson-was-here'), false);
  });
});

describe('bad input', () => {
  // Cgroups of their own, since other tests start containers at the same time.
  const resources = { cgroupParent: '/keelson-refused' };
  after(() => {
    for (const hierarchy of ['.', ...readdirSync('/sys/fs/cgroup')]) {
      const path = join('/sys/fs/cgroup', hierarchy, 'keelson-refused');
      if (existsSync(path)) rmdirSync(path);
    }
  });
  const refused = (config: Parameters<typeof runToEnd>[1], code: string) =>
    assert.rejects(runToEnd(engine, { ...config, resources }), (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.equal(error.message.includes('\n'), false);
      return true;
    });

  test('a command that is missing, or is no program', async () => {
    await refused(configOf(['nope']), 'COMMAND_NOT_FOUND');
    await refused(configOf(['/etc/passwd']), 'COMMAND_NOT_EXECUTABLE');
  });

  test('a root, image or user that is missing', async () => {
    await refused(configOf(['true'], { image: undefined, rootfs: join(engine.root, 'no-root') }), 'ROOTFS_MISSING');
    // An id: for a name a registry would be asked.
    await refused(configOf(['true'], { image: '0'.repeat(64) }), 'IMAGE_NOT_FOUND');
    await refused(configOf(['true'], { user: 'nope' }), 'USER_NOT_FOUND');
    await refused(configOf(['true'], { user: '4294967295' }), 'ID_OUT_OF_RANGE');
  });

  test('a root whose /proc or /dev is a link leads nowhere', async () => {
    for (const name of ['proc', 'dev']) {
      const rootfs = join(engine.root, `linked-${name}`);
      const canary = join(engine.root, `canary-${name}`);
      mkdirSync(join(rootfs, 'bin'), { recursive: true });
      mkdirSync(canary);
      symlinkSync(canary, join(rootfs, name));
      await refused(configOf(['true'], { image: undefined, rootfs }), 'ELOOP');
      assert.deepEqual(await readdir(canary), []);
    }
  });

  test('account files that are a FIFO or huge', async () => {
    const rootfs = join(engine.root, 'odd-accounts');
    mkdirSync(join(rootfs, 'etc'), { recursive: true });
    execFileSync('mkfifo', [join(rootfs, 'etc/passwd')]);
    await refused(configOf(['true'], { image: undefined, rootfs }), 'ACCOUNT_FILE');
    execFileSync('rm', [join(rootfs, 'etc/passwd')]);
    execFileSync('truncate', ['-s', '1G', join(rootfs, 'etc/passwd')]);
    await refused(configOf(['true'], { image: undefined, rootfs }), 'ACCOUNT_FILE');
  });

  test('nothing of a refused container is left', async () => {
    assert.deepEqual(await engine.list({ all: true }), []);
    assert.deepEqual(await readdir(join(engine.root, 'containers')), []);
    const groups = await readdir('/sys/fs/cgroup/pids/keelson-refused').catch(() => []);
    assert.deepEqual(
      groups.filter((name) => name.length === 64),
      [],
    );
  });
});

describe('an init inside', () => {
  test('is pid 1, reaps, forwards signals and passes the exit code on', async () => {
    const { stdout, exitCode } = await runToEnd(engine, configOf(['sh', '-c', 'echo $$; exit 5'], { init: true }));
    assert.deepEqual({ stdout, exitCode }, { stdout: '2\n', exitCode: 5 });
    const config = configOf(['sh', '-c', 'trap "exit 4" TERM; echo ready; while :; do sleep 0.05; done'], {
      init: true,
    });
    const stdio = { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' } as const;
    const container = await engine.run({ config, detach: false, stdio });
    container.stdout?.once('data', () => container.signal('TERM'));
    assert.equal((await container.exited).exitCode, 4);
  });
});
