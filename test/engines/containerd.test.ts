/** Debian's containerd: what `ctr` does with tasks, on runc and on Keelson. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Ctr, startContainerd } from './containerd-engine.ts';
import { CriPod } from './cri-pod.ts';
import type { Daemon } from './daemon.ts';
import { documentedCommands } from './documented.ts';
import { eventually } from './eventually.ts';
import { watchForLeaks } from './left-behind.ts';
import { killBrains, retireBrain } from './resident-brain.ts';
import { onEachRuntime, type Scenario } from './scenario.ts';
import { cgroupParent } from './surroundings.ts';

let containerd: Daemon | undefined;
before(async () => {
  containerd = await startContainerd();
});
after(() => containerd?.stop());

const scenarios: readonly Scenario<Ctr>[] = [
  {
    name: 'run: streams and exit code',
    async run(ctr) {
      const { status, stdout, stderr } = await ctr.run(
        'plain',
        ['--rm'],
        ['sh', '-c', 'echo out; echo err >&2; exit 7'],
      );
      assert.deepEqual({ status, stdout, stderr: stderr.trim() }, { status: 7, stdout: 'out\n', stderr: 'err' });
    },
  },
  {
    name: 'run -t: a terminal of its own',
    async run(ctr) {
      const { status, stdout } = await ctr.runInTerminal('tty', ['--rm'], ['sh', '-c', 'tty; exit 3']);
      assert.match(stdout, /\/dev\/pts\/0\n/);
      assert.equal(status, 3);
    },
  },
  {
    name: 'run of a command that is not there',
    async run(ctr) {
      const { status, stderr } = await ctr.run('missing', ['--rm'], ['nosuch']);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /create failed: unable to start container process: exec: "nosuch": executable file not found/,
      );
    },
  },
  {
    name: 'run with limits, capabilities and a read-only root',
    async run(ctr) {
      const flags = ['--rm', '--memory-limit', '33554432', '--cpus', '0.5', '--cap-drop', 'CAP_CHOWN', '--read-only'];
      const script = 'grep CapEff /proc/self/status; touch /x; sleep 100';
      const running = ctr.run('limits', flags.slice(1), ['sh', '-c', script]);
      await eventually(
        () => ctr.status('limits'),
        (status) => status === 'RUNNING',
      );
      const read = (file: string) =>
        readFileSync(`/sys/fs/cgroup/${file.split('.')[0]}${cgroupParent}/${ctr.id('limits')}/${file}`, 'utf8').trim();
      assert.equal(read('memory.limit_in_bytes'), '33554432');
      assert.equal(read('cpu.cfs_quota_us'), '50000');
      await ctr.task('kill', '-s', 'KILL', ctr.id('limits'));
      const { status, stdout, stderr } = await running;
      assert.equal(status, 137);
      assert.match(stdout, /^CapEff:\t00000000a80425fa\n$/);
      assert.match(stderr, /Read-only file system/);
      await ctr.removeContainer('limits');
    },
  },
  {
    name: 'a task: exec, exec -t, ps, metrics, pause, resume, kill, delete',
    async run(ctr) {
      const id = ctr.id('task');
      assert.equal((await ctr.run('task', ['-d'], ['sleep', '1000'])).status, 0);
      assert.equal(await ctr.status('task'), 'RUNNING');
      const exec = await ctr.taskResult('exec', '--exec-id', 'a', id, 'sh', '-c', 'echo in; exit 5');
      assert.deepEqual([exec.status, exec.stdout], [5, 'in\n']);
      // Long enough for ctr to set the size of the terminal, which fails when the program has gone.
      const terminal = await ctr.taskInTerminal(
        'exec',
        '-t',
        '--exec-id',
        'b',
        id,
        'sh',
        '-c',
        'tty; sleep 0.5; exit 6',
      );
      assert.match(terminal.stdout, /\/dev\/pts\/0/);
      assert.equal(terminal.status, 6);
      const missing = await ctr.taskResult('exec', '--exec-id', 'c', id, 'nosuch');
      assert.match(missing.stderr, /exec failed: unable to start container process: exec: "nosuch": executable file/);
      assert.match(await ctr.task('metrics', id), /memory\.usage_in_bytes +[1-9]\d*[\s\S]*pids\.current +1/);
      assert.match(await ctr.task('ps', id), /^PID +INFO\n\d+ +-$/);
      await ctr.task('pause', id);
      assert.equal(await ctr.status('task'), 'PAUSED');
      await ctr.task('resume', id);
      assert.equal(await ctr.status('task'), 'RUNNING');
      await ctr.task('kill', '-s', 'KILL', id);
      await eventually(
        () => ctr.status('task'),
        (status) => status === 'STOPPED',
      );
      assert.match((await ctr.taskResult('delete', id)).stderr, /exit code 137/);
      assert.equal(await ctr.status('task'), undefined);
      await ctr.removeContainer('task');
    },
  },
  {
    name: 'kill --all ends every process of a task',
    async run(ctr) {
      const id = ctr.id('all');
      await ctr.run('all', ['-d'], ['sh', '-c', 'sleep 1000 & trap "" TERM; wait; sleep 1000']);
      await eventually(
        async () => (await ctr.task('ps', id)).split('\n').length,
        (lines) => lines === 3,
      );
      await ctr.task('kill', '--all', '-s', 'KILL', id);
      await eventually(
        () => ctr.status('all'),
        (status) => status === 'STOPPED',
      );
      await ctr.taskResult('delete', id);
      await ctr.removeContainer('all');
    },
  },
  {
    name: 'CRI: a pod of two containers',
    async run({ name }) {
      await using pod = new CriPod(name);
      const { runtime_handler, network } = await pod.run();
      assert.equal(runtime_handler, name);
      assert.match(network.ip, /^10\.77\.0\.\d+$/);
      const web = 'echo served >/tmp/index.html; echo up; exec httpd -f -p 8000 -h /tmp';
      const first = await pod.start('web', ['sh', '-c', web], {
        cpu_period: 100_000,
        cpu_quota: 50_000,
        memory_limit_in_bytes: 2 ** 26,
      });
      const second = await pod.start('client', ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done']);
      const ask = () => pod.exec(second, 'wget', '-qO-', 'http://127.0.0.1:8000/');
      await eventually(ask, ([, text]) => text === 'served\n');
      assert.equal(await (await fetch(`http://${network.ip}:8000/`)).text(), 'served\n');
      assert.deepEqual(await pod.exec(second, 'sh', '-c', 'hostname; exit 5'), [5, 'the-pod\n']);
      assert.match(readFileSync(pod.logOf('web'), 'utf8'), / stdout F up\n/);
      const limit = () =>
        readFileSync(`/sys/fs/cgroup/memory${cgroupParent}/pod-${name}/${first}/memory.limit_in_bytes`, 'utf8').trim();
      assert.equal(limit(), String(2 ** 26));
      await pod.call('UpdateContainerResources', first, { linux: { memory_limit_in_bytes: 2 ** 25 } });
      assert.equal(limit(), String(2 ** 25));
      assert.ok(Number((await pod.call('ContainerStats', first)).stats.memory.working_set_bytes.value) > 0);
      await pod.call('StopContainer', second, { timeout: 10 });
      const { status } = await pod.call('ContainerStatus', second);
      assert.deepEqual([status.state, status.exit_code], ['CONTAINER_EXITED', 3]);
      await pod.call('StopContainer', first, { timeout: 0 });
    },
  },
  {
    name: 'containerd is killed, and whoever stays of the runtime: tasks go on',
    async run(ctr) {
      const id = ctr.id('survivor');
      assert.equal((await ctr.run('survivor', ['-d'], ['sleep', '1000'])).status, 0);
      killBrains();
      await containerd?.crash();
      assert.equal(await ctr.status('survivor'), 'RUNNING');
      const exec = await ctr.taskResult('exec', '--exec-id', 'a', id, 'sh', '-c', 'cat /proc/1/comm; exit 5');
      assert.deepEqual([exec.status, exec.stdout], [5, 'sleep\n']);
      await ctr.task('kill', '-s', 'KILL', id);
      await eventually(
        () => ctr.status('survivor'),
        (status) => status === 'STOPPED',
      );
      await ctr.taskResult('delete', id);
      await ctr.removeContainer('survivor');
    },
  },
  {
    name: '50 in parallel',
    async run(ctr) {
      const names = Array.from({ length: 50 }, (_, i) => `many-${i}`);
      const results = await Promise.all(names.map((name) => ctr.run(name, ['--rm'], ['sh', '-c', `echo ${name}`])));
      assert.deepEqual(
        results.map(({ status, stdout }) => `${status} ${stdout}`),
        names.map((name) => `0 ${name}\n`),
      );
    },
  },
];

onEachRuntime(scenarios, {
  isRoot: true,
  engineOn: (runtime) => new Ctr(runtime),
  // The bridge of pods, the cgroup above a pod's containers, which kubelet makes and removes, and containerd started anew.
  expected: /^link pods0:|^cgroup \S+\/pod-\w+$|^process \d+ containerd --config /,
  cleanUp: (ctr) => ctr.removeAll(),
});

test('the commands of docs/user/engines.md', async () => {
  const assertNothingLeft = await watchForLeaks();
  for (const words of documentedCommands('containerd')) {
    assert.equal(await new Ctr('keelson').command(words), 'hello');
  }
  await retireBrain();
  await assertNothingLeft();
});
