/** Debian's dockerd: what the `docker` command does, on runc and on Keelson. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Docker, DockerEngine } from './docker-engine.ts';
import { documentedCommands } from './documented.ts';
import { eventually } from './eventually.ts';
import { killBrains } from './resident-brain.ts';
import { onEachRuntime, type Scenario } from './scenario.ts';
import { folder } from './surroundings.ts';

const engine = new DockerEngine('docker');
/** Its containers are in a user namespace. It has a network of its own, as `--bridge none` removes docker0. */
const remapped = new DockerEngine('remapped');
before(async () => {
  await engine.start();
  // The lane has an /etc of its own.
  appendFileSync('/etc/passwd', 'remap:x:4000:4000::/:/bin/false\n');
  appendFileSync('/etc/group', 'remap:x:4000:\n');
  for (const file of ['/etc/subuid', '/etc/subgid']) appendFileSync(file, 'remap:400000:65536\n');
  await remapped.start({ before: ['unshare', '--net'], flags: ['--userns-remap', 'remap', '--bridge', 'none'] });
});
after(async () => {
  await remapped.stop();
  await engine.stop();
});

/** Some machines give root less than all capabilities; then no runtime can give them to a container. */
const hasAll = /^CapEff:\t000001ffffffffff$/m.test(readFileSync('/proc/self/status', 'utf8'));

const scenarios: readonly Scenario<Docker>[] = [
  {
    name: 'run: streams, exit codes, host name, address',
    async run(docker) {
      const script = 'cat; hostname; ip -o -4 addr show eth0; echo err >&2; exit 7';
      const words = docker.runWords(['-i', '--rm', '--hostname', 'here'], ['sh', '-c', script]);
      const { status, stdout, stderr } = await docker.tryWithInput('given\n', ...words);
      assert.match(stdout, /^given\nhere\n.* inet 172\.\d+\.0\.\d+\/16 /);
      assert.deepEqual([status, stderr], [7, 'err\n']);
      // Docker leaves it to the runtime.
      assert.equal(await docker.seen(['--user', '7'], 'echo $HOME'), '/');
      const missing = await docker.run(['--rm'], ['nosuch']);
      assert.equal(missing.status, 127);
      assert.match(missing.stderr, /exec: "nosuch": executable file not found in \$PATH/);
      const refused = await docker.run(['--rm'], ['/etc/passwd']);
      assert.equal(refused.status, 126);
      assert.match(refused.stderr, /exec: "\/etc\/passwd": permission denied/);
    },
  },
  {
    name: 'run -it: a terminal',
    async run(docker) {
      const { status, stdout } = await docker.tryInTerminal(
        ...docker.runWords(['-it', '--rm'], ['sh', '-c', 'tty; ps -o tty,args; exit 9']),
      );
      assert.match(stdout, /\/dev\/pts\/0\n/);
      assert.equal(status, 9);
    },
  },
  {
    name: 'run with limits',
    async run(docker) {
      const flags = ['--memory', '64m', '--cpus', '0.5', '--pids-limit', '50', '--ulimit', 'nofile=100:200'];
      await docker.do(...docker.runWords(['-d', '--name', 'limits', ...flags], ['sleep', '1000']));
      const path = /^\d+:memory:(.*)$/m.exec(
        readFileSync(`/proc/${await docker.inspect('limits', '{{.State.Pid}}')}/cgroup`, 'utf8'),
      )?.[1];
      const read = (file: string) => readFileSync(`/sys/fs/cgroup/${file.split('.')[0]}${path}/${file}`, 'utf8').trim();
      const limits = () => [read('memory.limit_in_bytes'), read('cpu.cfs_quota_us'), read('pids.max')];
      assert.deepEqual(limits(), [String(64 * 2 ** 20), '50000', '50']);
      assert.equal(await docker.do('exec', 'limits', 'sh', '-c', 'ulimit -n; ulimit -Hn'), '100\n200');
      await docker.do(
        'update',
        '--memory',
        '32m',
        '--memory-swap',
        '64m',
        '--cpus',
        '0.3',
        '--pids-limit',
        '20',
        'limits',
      );
      assert.deepEqual(limits(), [String(32 * 2 ** 20), '30000', '20']);
      assert.match(
        await docker.do('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}} {{.CPUPerc}}', 'limits'),
        /^[\d.]+[KM]iB \/ 32MiB 1 [\d.]+%$/,
      );
      await docker.do('rm', '-f', 'limits');
    },
  },
  {
    name: 'run out of memory',
    async run(docker) {
      await docker.do(
        ...docker.runWords(
          ['-d', '--name', 'oom', '-m', '16m', '--memory-swap', '16m'],
          ['sh', '-c', 'tail /dev/zero'],
        ),
      );
      assert.equal(await docker.do('wait', 'oom'), '137');
      await eventually(
        () => docker.inspect('oom', '{{.State.OOMKilled}}'),
        (killed) => killed === 'true',
      );
      await docker.do('rm', 'oom');
    },
  },
  {
    name: 'run with fewer privileges',
    async run(docker) {
      const flags = ['--cap-drop', 'ALL', '--cap-add', 'CHOWN', '--security-opt', 'no-new-privileges', '-u', 'worker'];
      assert.equal(
        await docker.seen(flags, 'id -u; grep -E "CapBnd|CapEff|NoNewPrivs|Seccomp:" /proc/self/status'),
        '1000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000001\nNoNewPrivs:\t1\nSeccomp:\t2',
      );
      const seccomp = ['--security-opt', 'seccomp=unconfined'];
      assert.equal(await docker.seen(seccomp, 'grep Seccomp: /proc/self/status'), 'Seccomp:\t0');
    },
  },
  {
    name: 'run --privileged',
    async run(docker) {
      const { status, stdout, stderr } = await docker.run(
        ['--rm', '--privileged'],
        ['sh', '-c', 'grep CapEff /proc/self/status; test -w /proc/sys/kernel/hostname && echo writable'],
      );
      if (hasAll) assert.deepEqual([status, stdout], [0, 'CapEff:\t000001ffffffffff\nwritable\n']);
      else assert.deepEqual([status, /operation not permitted/i.test(stderr)], [125, true]);
    },
  },
  {
    name: 'run with a read-only root, tmpfs, volumes and sysctls',
    async run(docker) {
      mkdirSync(`${folder}/volume`, { recursive: true });
      writeFileSync(`${folder}/volume/file`, 'from outside\n');
      const flags = [
        '--read-only',
        '--tmpfs',
        '/scratch:size=1m',
        '-v',
        `${folder}/volume:/given:ro`,
        '-v',
        'kept:/kept',
      ];
      const script =
        'touch /x; cat /given/file; touch /given/x; echo b >/scratch/a && cat /scratch/a; echo c >/kept/a; ' +
        'cat /proc/sys/net/ipv4/ip_default_ttl; df -k /scratch | tail -n 1';
      const { stdout, stderr } = await docker.run(
        ['--rm', ...flags, '--sysctl', 'net.ipv4.ip_default_ttl=77'],
        ['sh', '-c', script],
      );
      assert.match(stdout, /^from outside\nb\n77\ntmpfs +1024 /);
      assert.equal(stderr.match(/Read-only file system/g)?.length, 2);
      assert.equal(await docker.seen(['-v', 'kept:/kept'], 'cat /kept/a'), 'c');
      await docker.do('volume', 'rm', 'kept');
    },
  },
  {
    name: 'run --init, --pid, --ipc and --network of another',
    async run(docker) {
      assert.match(await docker.seen(['--init'], 'cat /proc/1/comm'), /^(docker-init|tini)$/);
      await docker.do(...docker.runWords(['-d', '--name', 'other', '--ipc', 'shareable'], ['sleep', '1000']));
      const shared = ['--pid', 'container:other', '--ipc', 'container:other', '--network', 'container:other'];
      const namespaces = 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc';
      const own = await docker.do('exec', 'other', 'sh', '-c', namespaces);
      assert.equal(await docker.seen(shared, namespaces), own);
      assert.equal(await docker.seen(shared, 'cat /proc/1/comm'), 'sleep');
      assert.match(await docker.seen(['--pid', 'host', '--network', 'host'], 'ip -o link show docker0'), /docker0/);
      await docker.do('rm', '-f', 'other');
    },
  },
  {
    name: 'a published port, logs, exec, top, pause, stop, start, kill',
    async run(docker) {
      const script = 'mkdir -p /www; echo served >/www/index.html; echo up; exec httpd -f -p 80 -h /www';
      await docker.do(...docker.runWords(['-d', '--name', 'web', '-p', '8080:80'], ['sh', '-c', script]));
      const ask = async () => (await fetch('http://127.0.0.1:8080/').catch(() => undefined))?.text();
      await eventually(ask, (answer) => answer === 'served\n');
      assert.equal(await docker.do('logs', 'web'), 'up');
      const exec = await docker.tryWithInput(
        'given\n',
        'exec',
        '-i',
        '-e',
        'A=b',
        'web',
        'sh',
        '-c',
        'cat; echo $A; exit 4',
      );
      assert.deepEqual([exec.status, exec.stdout], [4, 'given\nb\n']);
      const terminal = await docker.tryInTerminal('exec', '-it', 'web', 'sh', '-c', 'tty; exit 3');
      assert.match(terminal.stdout, /\/dev\/pts\/0/);
      assert.equal(terminal.status, 3);
      const missing = await docker.try('exec', 'web', 'nosuch');
      assert.equal(missing.status, 126);
      assert.match(missing.stdout + missing.stderr, /executable file not found in \$PATH/);
      assert.match(await docker.do('top', 'web'), /UID +PID +PPID[\s\S]*httpd -f -p 80/);
      await docker.do('pause', 'web');
      assert.equal(await docker.inspect('web', '{{.State.Status}}'), 'paused');
      await docker.do('unpause', 'web');
      assert.equal(await ask(), 'served\n');
      await docker.do('stop', '-t', '1', 'web');
      assert.match(await docker.inspect('web', '{{.State.Status}} {{.State.ExitCode}}'), /^exited (137|143)$/);
      await docker.do('start', 'web');
      await eventually(ask, (answer) => answer === 'served\n');
      await docker.do('kill', 'web');
      assert.equal(await docker.do('wait', 'web'), '137');
      await docker.do('rm', 'web');
    },
  },
  {
    name: 'stop lets a program end by itself',
    async run(docker) {
      const script = 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.1; done';
      await docker.do(...docker.runWords(['-d', '--name', 'polite'], ['sh', '-c', script]));
      await eventually(
        () => docker.do('logs', 'polite'),
        (log) => log === 'ready',
      );
      await docker.do('stop', 'polite');
      assert.equal(await docker.inspect('polite', '{{.State.ExitCode}}'), '3');
      assert.equal(await docker.do('logs', 'polite'), 'ready\nbye');
      await docker.do('rm', 'polite');
    },
  },
  {
    name: 'health checks and restart policies',
    async run(docker) {
      const health = ['--health-cmd', 'test -e /ok', '--health-interval', '300ms', '--health-retries', '100'];
      await docker.do(...docker.runWords(['-d', '--name', 'sick', ...health], ['sleep', '1000']));
      await docker.do('exec', 'sick', 'touch', '/ok');
      await eventually(
        () => docker.inspect('sick', '{{.State.Health.Status}}'),
        (status) => status === 'healthy',
      );
      await docker.do('rm', '-f', 'sick');
      const restart = ['-d', '--name', 'again', '--restart', 'on-failure:2'];
      await docker.do(...docker.runWords(restart, ['sh', '-c', 'echo try; exit 1']));
      const ended = () => docker.inspect('again', '{{.RestartCount}} {{.State.Status}}');
      await eventually(ended, (state) => state === '2 exited');
      assert.equal(await docker.do('logs', 'again'), 'try\ntry\ntry');
      await docker.do('rm', 'again');
    },
  },
  {
    name: 'dockerd --userns-remap: root of the container is nobody of the host',
    async run({ runtime }) {
      const docker = remapped.client(runtime);
      const script =
        'id -u; head -n 1 /proc/self/uid_map; echo x >/root/x; stat -c %u /root/x; echo >/dev/null && echo null';
      assert.match(await docker.seen([], script), /^0\n +0 +400000 +65536\n0\nnull$/);
      await docker.do(...docker.runWords(['-d', '--name', 'mapped', '-m', '64m'], ['sleep', '1000']));
      const pid = await docker.inspect('mapped', '{{.State.Pid}}');
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t400000\t/m);
      assert.equal(await docker.do('exec', 'mapped', 'id', '-u'), '0');
      await docker.do('rm', '-f', 'mapped');
    },
  },
  {
    name: 'swarm: a replicated service, a killed task is replaced',
    async run(docker) {
      await docker.engine.setDefaultRuntime(docker.runtime);
      await docker.do('swarm', 'init', '--advertise-addr', '127.0.0.1');
      const service = [
        '-d',
        '-q',
        '--name',
        'crowd',
        '--replicas',
        '3',
        '--restart-delay',
        '0s',
        '--stop-grace-period',
        '0s',
      ];
      await docker.do('service', 'create', ...service, 'busybox', 'sleep', '1000');
      const tasks = async () =>
        (await docker.do('ps', '-q', '--no-trunc', '--filter', 'name=crowd')).split('\n').filter(Boolean);
      const first = await eventually(tasks, (ids) => ids.length === 3);
      const used = await docker.do('inspect', '-f', '{{.HostConfig.Runtime}} {{.State.Running}}', ...first);
      assert.deepEqual(used.split('\n'), Array(3).fill(`${docker.runtime} true`));
      await docker.do('kill', first[0] ?? '');
      const second = await eventually(tasks, (ids) => ids.length === 3 && !ids.includes(first[0] ?? ''));
      assert.equal(second.filter((id) => first.includes(id)).length, 2);
      await docker.do('service', 'rm', 'crowd');
      await eventually(tasks, (ids) => ids.length === 0);
      await docker.do('swarm', 'leave', '--force');
      // Swarm's own network, which stays until it is asked away.
      await docker.try('network', 'rm', 'docker_gwbridge');
    },
  },
  {
    name: 'dockerd is killed, and whoever stays of the runtime: its containers are ended and can be started',
    async run(docker) {
      await docker.do(...docker.runWords(['-d', '--name', 'victim'], ['sleep', '1000']));
      killBrains();
      await docker.engine.crash();
      const state = () => docker.inspect('victim', '{{.State.Status}} {{.State.ExitCode}}');
      await eventually(state, (text) => text.startsWith('exited '));
      await docker.do('start', 'victim');
      assert.equal(await docker.do('exec', 'victim', 'cat', '/proc/1/comm'), 'sleep');
      await docker.do('rm', '-f', 'victim');
    },
  },
  {
    name: '50 in parallel',
    async run(docker) {
      const numbers = Array.from({ length: 50 }, (_, i) => `${i}`);
      const results = await Promise.all(numbers.map((i) => docker.run(['--rm', '--network', 'none'], ['echo', i])));
      assert.deepEqual(
        results.map(({ status, stdout, stderr }) => `${status} ${stdout}${stderr}`),
        numbers.map((i) => `0 ${i}\n`),
      );
    },
  },
];

onEachRuntime(scenarios, {
  isRoot: true,
  engineOn: (runtime) => engine.client(runtime),
  // Its own network namespace, which dockerd opens for its first swarm; and itself and its containerd, started anew.
  expected: /\/exec\/netns\/default |^process \d+ (dockerd|containerd) --config/,
  // A swarm task is made anew as long as its swarm is there.
  cleanUp: async (docker) => {
    await docker.try('swarm', 'leave', '--force');
    await docker.try('network', 'rm', 'docker_gwbridge');
    for (const client of [docker, remapped.client(docker.runtime)]) {
      const ids = (await client.do('ps', '-aq')).split('\n').filter(Boolean);
      if (ids.length > 0) await client.try('rm', '-fv', ...ids);
    }
  },
});

test('the commands of docs/user/engines.md', async () => {
  const docker = engine.client('keelson');
  const printed: string[] = [];
  await engine.setDefaultRuntime('keelson');
  for (const [, ...words] of [...documentedCommands('Docker'), ...documentedCommands('Swarm')]) {
    printed.push(await docker.do(...words));
  }
  assert.deepEqual([printed[0], printed[2]], ['hello', 'in']);
});
