/** What a container is connected with, over a checkpoint and a restore: streams, terminal, network, hooks, cgroups. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { after, afterEach, describe, test } from 'node:test';
import { AF_UNIX, SOCK_STREAM, startAgent, unixAddress } from '../../../src/kernel/index.ts';
import { CountingBundle, criuWorks, type Runtime } from './counting-bundle.ts';

if (criuWorks()) {
  const bundle = new CountingBundle();
  const { id } = bundle;
  let images = 0;

  afterEach(() => {
    bundle.clear('keelson');
    bundle.clear('runc');
  });
  after(() => bundle[Symbol.asyncDispose]());

  const run = (runtime: Runtime) => bundle.succeed(runtime, ['run', '--detach', id]);
  const restore = (runtime: Runtime, path: string) =>
    bundle.succeed(runtime, ['restore', '--detach', '--image-path', path, id]);

  /** Gives the images' folder. */
  function checkpoint(runtime: Runtime): string {
    const path = bundle.path(`images-${++images}`);
    bundle.succeed(runtime, ['checkpoint', '--image-path', path, id]);
    return path;
  }

  function pid(runtime: Runtime): number {
    return JSON.parse(bundle.ask(runtime, 'state', id).stdout).pid;
  }

  describe('a restored container', { concurrency: 1 }, () => {
    for (const runtime of ['runc', 'keelson'] as const) {
      test(`of ${runtime} prints to the pipe of whoever restores it`, async () => {
        const [first, second] = [bundle.path(`${runtime}-first`), bundle.path(`${runtime}-second`)];
        const path = bundle.path(`images-${++images}`);
        const before = bundle.piped(runtime, ['run', id], first);
        await bundle.count();
        bundle.succeed(runtime, ['checkpoint', '--image-path', path, id]);
        await before;
        const after = bundle.piped(runtime, ['restore', '--image-path', path, id], second);
        await bundle.count(bundle.number);
        bundle.stop();
        await after;
        const numbers = [first, second].map((file) => readFileSync(file, 'utf8').trim().split('\n').map(Number));
        const all = numbers.flat();
        assert.ok(numbers.every(({ length }) => length > 0));
        assert.deepEqual(
          all,
          [...all.keys()].map((index) => index + 1),
        );
      });
    }

    test('is in the network namespace that its path names', async () => {
      const name = `checkpoint-${process.pid}`;
      execFileSync('ip', ['netns', 'add', name]);
      try {
        const path = `/run/netns/${name}`;
        bundle.joinNetwork(path);
        run('keelson');
        await bundle.count();
        restore('keelson', checkpoint('keelson'));
        await bundle.count(bundle.number);
        assert.equal(readlinkSync(`/proc/${pid('keelson')}/ns/net`), `net:[${statSync(path).ino}]`);
      } finally {
        bundle.clear('keelson');
        execFileSync('ip', ['netns', 'del', name]);
      }
    });

    test('has its terminal at the console socket', async () => {
      bundle.change(({ process }) => {
        const script = 'stty -echo; while read -r line; do n=$((n+1)); echo "$n $line"; touch /data/n; done';
        Object.assign(process ?? {}, { terminal: true, args: ['sh', '-c', script] });
      });
      const path = bundle.path(`images-${++images}`);
      const first = await terminalOf('keelson', ['run', '--detach', id]);
      assert.match(await first.say('a'), /1 a/);
      bundle.succeed('keelson', ['checkpoint', '--image-path', path, id]);
      const second = await terminalOf('keelson', ['restore', '--detach', '--image-path', path, id]);
      assert.match(await second.say('b'), /2 b/);
      await Promise.all([first.close(), second.close()]);
    });

    for (const runtime of ['runc', 'keelson'] as const) {
      test(`of ${runtime} in the foreground has the terminal of whoever restores it`, async () => {
        bundle.change(({ process }) => {
          const script = 'stty -echo; touch /data/n; read -r line; echo "it was $line"; exit 7';
          Object.assign(process ?? {}, { terminal: true, args: ['sh', '-c', script] });
        });
        const path = bundle.path(`images-${++images}`);
        const first = await terminalOf(runtime, ['run', '--detach', id]);
        while (!existsSync(`${bundle.data}/n`)) await bundle.stands();
        bundle.succeed(runtime, ['checkpoint', '--image-path', path, id]);
        await first.close();
        const { program, args, env, log } = bundle.command(runtime, ['restore', '--image-path', path, id]);
        const words = [program, ...args].map((word) => `'${word}'`).join(' ');
        const child = spawn('script', ['-qec', words, '/dev/null'], { cwd: bundle.folder, env });
        let said = '';
        child.stdout.on('data', (bytes) => {
          said += bytes;
        });
        const ended = new Promise((resolve) => child.on('close', resolve));
        // What is typed before the terminal is there would be lost.
        while (bundle.status(runtime) !== 'running' && child.exitCode === null) await bundle.stands();
        child.stdin.write('typed\n');
        assert.equal(await ended, 7, `${said}\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
        assert.match(said, /it was typed/);
        assert.equal(bundle.status(runtime), 'none');
      });
    }

    test('has its mounts in another root, was seen by its hooks, and without a cgroup namespace sees its cgroups', async () => {
      const file = bundle.path('hooked');
      bundle.change((spec) => {
        spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', `cat >>${file}; echo >>${file}`] }] };
        const namespaces = spec.linux?.namespaces?.filter(({ type }) => type !== 'cgroup') ?? [];
        spec.linux = { ...spec.linux, namespaces };
      });
      run('keelson');
      await bundle.count();
      const path = checkpoint('keelson');
      // In another copy of the file system the places of mounts may be missing.
      for (const name of ['data', 'proc', 'sys']) rmdirSync(bundle.path(`rootfs/${name}`));
      restore('keelson', path);
      await bundle.count(bundle.number);
      const states = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(states.length, 2);
      assert.equal(states[1].pid, pid('keelson'));
      const { stdout } = bundle.ask('keelson', 'exec', id, 'cat', '/sys/fs/cgroup/cgroup.procs');
      assert.match(stdout, /^1$/m);
    });

    test('is not there when a hook failed, and nothing of it', async () => {
      run('keelson');
      await bundle.count();
      const path = checkpoint('keelson');
      bundle.change((spec) => {
        spec.hooks = { createRuntime: [{ path: '/bin/false' }] };
      });
      const { status, log } = bundle.call('keelson', ['restore', '--detach', '--image-path', path, id]);
      assert.equal(status, 1);
      assert.match(log, /error running createRuntime hook #0: exit status 1/);
      assert.equal(bundle.status('keelson'), 'none');
      assert.ok(!existsSync(bundle.path(`state-keelson/${id}`)) && !existsSync(`/sys/fs/cgroup/${id}`));
      assert.ok(await bundle.stands());
    });
  });

  /** Starts a command with a console socket, and holds the terminal that comes through it. */
  async function terminalOf(runtime: Runtime, words: readonly string[]) {
    const socket = bundle.path(`console-${++images}`);
    const agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
    const { kernel } = agent;
    const listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
    kernel.bind(listener, unixAddress(socket));
    kernel.listen(listener, 1);
    await kernel.flush();
    const [verb = '', ...rest] = words;
    const { program, args, env, log } = bundle.command(runtime, [verb, '--console-socket', socket, ...rest]);
    const child = spawn(program, args, { cwd: bundle.folder, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const master = kernel.receiveDescriptor(kernel.accept4(listener));
    void kernel.flush();
    const status = await ended;
    assert.equal(status, 0, existsSync(log) ? readFileSync(log, 'utf8') : '');
    return {
      async say(line: string) {
        kernel.write(master, `${line}\n`);
        let said = '';
        while (!said.includes(` ${line}`)) said += (await kernel.read(master, 4096)).toString();
        return said;
      },
      close: () => agent.stop(),
    };
  }
}
