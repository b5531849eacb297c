/** Debian's podman, as root and as an ordinary user, on runc and on Keelson. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { documentedCommands } from './documented.ts';
import { eventually } from './eventually.ts';
import { type Podman, PodmanEngine } from './podman-engine.ts';
import { onEachRuntime, type Scenario } from './scenario.ts';
import { cgroupParent } from './surroundings.ts';

let root: PodmanEngine;
let user: PodmanEngine;
before(async () => {
  root = await PodmanEngine.ofRoot();
  user = await PodmanEngine.ofUser();
  // What podman makes once and keeps: its bridge, its rules, the process that holds an ordinary user's namespaces.
  await root.client('runc').seen([], 'true');
  await user.client('runc').seen([], 'true');
});

/** What root and an ordinary user do alike. */
const everybody: readonly Scenario<Podman>[] = [
  {
    name: 'run: streams and exit codes',
    async run(podman) {
      const words = podman.runWords(
        ['-i', '--rm', '--hostname', 'here'],
        ['sh', '-c', 'cat; hostname; echo err >&2; exit 7'],
      );
      const { status, stdout, stderr } = await podman.tryWithInput('given\n', ...words);
      assert.deepEqual([status, stdout, stderr.trim().split('\n').at(-1)], [7, 'given\nhere\n', 'err']);
      const missing = await podman.run(['--rm'], ['nosuch']);
      assert.equal(missing.status, 127);
      assert.match(
        missing.stderr,
        /create failed: unable to start container process: exec: "nosuch": executable file not/,
      );
      const refused = await podman.run(['--rm'], ['/etc/passwd']);
      assert.equal(refused.status, 126);
    },
  },
  {
    name: 'run -it: a terminal',
    async run(podman) {
      const { status, stdout } = await podman.tryInTerminal(
        ...podman.runWords(['-it', '--rm'], ['sh', '-c', 'tty; exit 9']),
      );
      assert.match(stdout, /\/dev\/pts\/0\n/);
      assert.equal(status, 9);
    },
  },
  {
    name: 'run with fewer privileges, a read-only root and tmpfs',
    async run(podman) {
      const flags = ['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--read-only', '--tmpfs', '/scratch'];
      const script =
        'grep -E "CapBnd|NoNewPrivs" /proc/self/status; stat -c %a /scratch; touch /x 2>&1; touch /scratch/x && echo made; id -u';
      const seen = await podman.seen([...flags, '-u', 'worker'], script);
      assert.match(seen, /^CapBnd:\t0{16}\nNoNewPrivs:\t1\n1777\ntouch: \/x: Read-only file system\nmade\n1000$/);
    },
  },
  {
    name: 'logs, exec, exec -t, top, stop, start, kill',
    async run(podman) {
      const script = 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.1; done';
      await podman.do(...podman.runWords(['-d', '--name', 'life'], ['sh', '-c', script]));
      await eventually(
        () => podman.do('logs', 'life'),
        (log) => log === 'ready',
      );
      const exec = await podman.tryWithInput(
        'given\n',
        'exec',
        '-i',
        '-e',
        'A=b',
        'life',
        'sh',
        '-c',
        'cat; echo $A; exit 4',
      );
      assert.deepEqual([exec.status, exec.stdout], [4, 'given\nb\n']);
      const terminal = await podman.tryInTerminal('exec', '-it', 'life', 'sh', '-c', 'tty; exit 3');
      assert.match(terminal.stdout, /\/dev\/pts\/0/);
      assert.equal(terminal.status, 3);
      assert.equal((await podman.try('exec', 'life', 'nosuch')).status, 127);
      assert.match(await podman.do('top', 'life'), /^USER +PID[\s\S]*root +1 /);
      await podman.do('stop', 'life');
      assert.equal(await podman.inspect('life', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 3');
      assert.equal(await podman.do('logs', 'life'), 'ready\nbye');
      await podman.do('start', 'life');
      await podman.do('kill', 'life');
      assert.equal(await podman.do('wait', 'life'), '137');
      await podman.do('rm', 'life');
    },
  },
  {
    name: 'a pod of two containers',
    async run(podman) {
      await podman.do(...podman.podWords('pod'));
      const serve = 'echo served >/tmp/index.html; exec httpd -f -p 8000 -h /tmp';
      await podman.do(...podman.runWords(['-d', '--pod', 'pod'], ['sh', '-c', serve]));
      const ask = () => podman.run(['--rm', '--pod', 'pod'], ['wget', '-qO-', 'http://127.0.0.1:8000/']);
      await eventually(ask, ({ stdout }) => stdout === 'served\n');
      await podman.do('pod', 'stop', '-t', '0', 'pod');
      await podman.do('pod', 'rm', 'pod');
    },
  },
];

/** Cgroups and bridges are root's. */
const rootAlone: readonly Scenario<Podman>[] = [
  {
    name: 'limits, stats, update, pause',
    async run(podman) {
      const flags = ['-d', '--name', 'limits', '--memory', '64m', '--cpus', '0.5', '--pids-limit', '50'];
      await podman.do(...podman.runWords(flags, ['sleep', '1000']));
      const path = /^\d+:memory:(.*)$/m.exec(
        readFileSync(`/proc/${await podman.inspect('limits', '{{.State.Pid}}')}/cgroup`, 'utf8'),
      )?.[1];
      assert.match(path ?? '', new RegExp(`^${cgroupParent}/`));
      const read = (file: string) => readFileSync(`/sys/fs/cgroup/${file.split('.')[0]}${path}/${file}`, 'utf8').trim();
      const limits = () => [read('memory.limit_in_bytes'), read('cpu.cfs_quota_us'), read('pids.max')];
      assert.deepEqual(limits(), [String(64 * 2 ** 20), '50000', '50']);
      assert.match(
        await podman.do('stats', '--no-stream', '--format', '{{.MemUsage}} {{.PIDs}}', 'limits'),
        /^[\d.]+kB \/ 67\.11MB 1$/,
      );
      await podman.do('update', '--cpus', '0.3', '--memory', '32m', 'limits');
      assert.deepEqual(limits(), [String(32 * 2 ** 20), '30000', '50']);
      await podman.do('pause', 'limits');
      assert.equal(await podman.inspect('limits', '{{.State.Status}}'), 'paused');
      await podman.do('unpause', 'limits');
      await podman.do('rm', '-f', '-t', '0', 'limits');
    },
  },
  {
    name: '20 in parallel',
    async run(podman) {
      const numbers = Array.from({ length: 20 }, (_, i) => `${i}`);
      const results = await Promise.all(numbers.map((i) => podman.run(['--rm', '--network', 'none'], ['echo', i])));
      assert.deepEqual(
        results.map(({ status, stdout, stderr }) => `${status} ${stdout}${stderr}`),
        numbers.map((i) => `0 ${i}\n`),
      );
    },
  },
];

const cleanUp = (podman: Podman) => podman.removeAll();
/** Podman makes a pod's own cgroup, removes it in hierarchies that it knows alone, and keeps one for its monitors. */
const expected = /^cgroup \S+\/(conmon|(systemd|unified)\/[\w-]+\/[0-9a-f]{64})$/;
onEachRuntime([...everybody, ...rootAlone], {
  of: 'root',
  isRoot: true,
  engineOn: (runtime) => root.client(runtime),
  cleanUp,
  expected,
});
onEachRuntime(everybody, {
  of: 'an ordinary user',
  isRoot: false,
  engineOn: (runtime) => user.client(runtime),
  cleanUp,
  expected,
});

test('the commands of docs/user/engines.md', async () => {
  for (const engine of [root, user]) {
    const printed: string[] = [];
    for (const words of documentedCommands('Podman')) printed.push(await engine.client('keelson').command(words));
    assert.deepEqual([printed[0], printed[2]], ['hello', 'in']);
  }
});
