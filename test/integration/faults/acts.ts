import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerConfig, Engine, MountConfig, RunRequest } from '../../../src/sdk/index.ts';
import { configOf, shell } from '../engine/container-under-test.ts';

const IGNORE = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
const PIPES = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' } as const;

/** Something that an engine is killed in the middle of. */
export interface Act {
  /** What another engine does before; gives the id of the container that the act is about. */
  prepare?(engine: Engine): Promise<string>;
  /** What the engine does that is killed. */
  run(engine: Engine, id: string): Promise<unknown>;
  /** What the next command finds, or brings to its end. */
  verify?(engine: Engine, id: string, root: string): Promise<void>;
}

/** The ways to start a container that differ in what they make on the host, and what is done with one that runs. */
export const ACTS: Readonly<Record<string, Act>> = {
  bridge: {
    run: (engine) => {
      const ports = [{ hostIp: '127.0.0.1', hostPort: 0, containerPort: 80, protocol: 'tcp' as const }];
      const network = { mode: 'bridge' as const, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports };
      return toEnd(engine, configOf(['true'], { network }));
    },
  },
  detached: { run: (engine) => sleeper(engine, { resources: { memory: 64 << 20, pidsLimit: 20 } }) },
  'init-tty': { run: (engine) => toEnd(engine, configOf(['true'], { init: true, tty: true })) },
  'user-namespace': {
    run: (engine) => toEnd(engine, configOf(['true'], { namespaces: { user: { mode: 'auto' } } })),
  },
  volume: {
    run: (engine) => toEnd(engine, withBin('filled', ['true'])),
    async verify(engine, _id, root) {
      for (const name of namesIn(join(root, 'volumes'))) {
        assert.deepEqual(
          namesIn(join(root, 'volumes', name)).filter((entry) => entry !== '_data'),
          [],
        );
      }
      // Whole, or begun anew: with a part of it there would be fewer programs.
      const count = ['sh', '-c', 'ls -A /bin | wc -l'];
      assert.equal(await outputOf(engine, withBin('filled', count)), await outputOf(engine, configOf(count)));
      for (const { name } of await engine.volumes.list()) await engine.volumes.remove(name);
      assert.deepEqual(namesIn(join(root, 'volumes')), []);
    },
  },
  exec: {
    prepare: (engine) => sleeper(engine),
    run: async (engine, id) => untilOver(await engine.exec(id, execOf(['true']), { stdio: PIPES })),
    verify: (engine, id) => runsAlone(engine, id, []),
  },
  'exec-detached': {
    prepare: (engine) => sleeper(engine),
    run: (engine, id) => engine.exec(id, execOf(['sleep', '999']), { stdio: IGNORE, detach: true }),
    // It runs, as was asked for, or does not; nothing in between.
    verify: (engine, id) => runsAlone(engine, id, ['sleep 999']),
  },
  stop: {
    prepare: (engine) => sleeper(engine, { autoRemove: false, command: STOPPABLE }),
    run: (engine, id) => engine.stop(id),
    async verify(engine, id) {
      assert.equal((await engine.stop(id)).exitCode, 3);
      const { status, exitCode } = await engine.inspect(id);
      assert.deepEqual([status, exitCode], ['exited', 3]);
      await engine.remove(id);
    },
  },
  remove: {
    prepare: (engine) => sleeper(engine, { autoRemove: false, mounts: [volume(undefined, '/data')] }),
    run: (engine, id) => engine.remove(id, { force: true, volumes: true }),
    async verify(engine, id, root) {
      const found = (await engine.list({ all: true })).some((state) => state.id === id);
      if (found) await engine.remove(id, { force: true, volumes: true });
      assert.deepEqual(namesIn(join(root, 'volumes')), []);
    },
  },
  'image-mount': { run: (engine) => engine.images.mount('busybox'), verify: mountIsWholeOrNone },
  'image-unmount': {
    prepare: async (engine) => (await engine.images.mount('busybox')).id,
    run: (engine, id) => engine.images.unmount(id),
    verify: mountIsWholeOrNone,
  },
};

/** Its reference takes the place of the container. */
export const PULL: Act = { run: (engine, reference) => engine.images.pull({ reference }) };

/** What is told of the mount is what the kernel has, and afterwards nothing is left of it. */
async function mountIsWholeOrNone(engine: Engine, _id: string, root: string): Promise<void> {
  const [mounted, ...others] = await engine.images.mounted();
  assert.deepEqual(others, []);
  if (mounted) {
    assert.equal(mounted.count, 1);
    assert.ok(namesIn(join(mounted.path, 'bin')).includes('busybox'));
    await engine.images.unmount('busybox');
  }
  for (const folder of ['mounts', 'snapshots/containers']) assert.deepEqual(namesIn(join(root, folder)), []);
  assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(`${root}/mounts/`));
}

/** It needs a moment for its trap, so it tells when it is ready by the folder it makes. */
const STOPPABLE = ['sh', '-c', 'trap "exit 3" TERM; mkdir /ready; while :; do sleep 0.02; done'];

const volume = (source: string | undefined, target: string): MountConfig => ({
  type: 'volume',
  source,
  target,
  readOnly: false,
});

/** A container whose programs lie in a volume, which gets them from the image. */
const withBin = (name: string, command: string[]) => configOf(command, { mounts: [volume(name, '/bin')] });

const execOf = (command: string[]) => ({ command, env: [], tty: false, interactive: false, privileged: false });

async function sleeper(engine: Engine, changes: Partial<ContainerConfig> = {}): Promise<string> {
  const { id } = await engine.run({ config: configOf(['sleep', '1000'], changes), detach: true, stdio: IGNORE });
  const { upper = '' } = (await engine.inspect(id)).layers;
  while (changes.command === STOPPABLE && !namesIn(upper).includes('ready')) await sleep(5);
  return id;
}

async function toEnd(engine: Engine, config: RunRequest['config']): Promise<void> {
  await untilOver(await engine.run({ config, detach: false, stdio: PIPES }));
}

async function untilOver(process: Awaited<ReturnType<Engine['exec']>>): Promise<void> {
  process.stdin?.end();
  process.stdout?.resume();
  process.stderr?.resume();
  await process.exited;
}

async function outputOf(engine: Engine, { command, mounts }: ContainerConfig): Promise<string> {
  return await shell(engine, command.at(-1) ?? '', { mounts });
}

/** The container runs on, with nothing in it but its own program, what may be there besides, and no agent. */
async function runsAlone(engine: Engine, id: string, besides: readonly string[]): Promise<void> {
  const { status, pid } = await engine.inspect(id);
  assert.equal(status, 'running');
  const allowed = ['sleep 1000', ...besides];
  const strangers = () => commandsBeside(pid).filter((command) => !allowed.includes(command));
  // What was started has a moment to end, as `true` does.
  for (let tries = 0; tries < 400 && strangers().length > 0; tries++) await sleep(5);
  assert.deepEqual(strangers(), []);
}

/** What runs in the pid namespace of a process; as `?` what cannot be told. */
function commandsBeside(pid: number): string[] {
  const namespace = linkOf(pid);
  return namesIn('/proc')
    .map(Number)
    .filter((other) => Number.isInteger(other) && linkOf(other) === namespace)
    .map((other) => textOf(`/proc/${other}/cmdline`).split('\0').filter(Boolean).join(' '));
}

function linkOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return `none of ${pid}`;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '?';
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
