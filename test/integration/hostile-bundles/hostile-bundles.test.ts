/**
 * Bundles that nobody checked: each is refused with one clear line, or makes a container. Never a crash, a stack trace, or
 * something that stays behind. `npm run test:fuzz-config` starts many more; KEELSON_FUZZ_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import { execIn, launch, openRuntime, setUpCgroup } from '../../../src/runtime/index.ts';
import {
  type Mount,
  parseJson,
  parseProcess,
  parseResources,
  parseRuntimeSpecText,
  type RuntimeSpec,
} from '../../../src/spec/index.ts';
import { completeSpec } from '../../../src/spec/runtime/complete-spec.ts';
import { runs, until, within } from '../agent/processes.ts';
import { type AttackWorld, openAttackWorld, victim, volumeAt } from '../security/attack-world.ts';
import { mutate, Random } from './mutate.ts';

const SEED = Number(process.env.KEELSON_FUZZ_SEED ?? 1);
/** How many are read, and how many are really started: few among all other tests, many in a lane of its own. */
const READ = Number(process.env.KEELSON_FUZZ_READ ?? 3000);
const STARTS = Number(process.env.KEELSON_FUZZ_STARTS ?? 40);

/** What it gives, or undefined when it is refused as it should be. */
async function orRefused<T>(what: unknown, read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { kind, message } = isKeelsonError(error) ? error : { kind: 'internal', message: '' };
    const clear =
      message.length > 0 && message.length < 2000 && !/\p{Cc}|undefined|\[object|NaN| {4}at /u.test(message);
    if (kind !== 'internal' && clear) return undefined;
    throw new Error(`not a clear error of ours: ${message}, from ${json(what)?.slice(0, 4000)}`, { cause: error });
  }
}

const NAME = { document: 'document', code: 'PROCESS_INVALID' };
const json = (value: unknown) =>
  JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? Number(inner) : inner));

describe('reading', () => {
  test(`${READ} mutations of a configuration with every field`, async () => {
    const complete = json(completeSpec());
    const random = new Random(SEED);
    let taken = 0;
    for (let i = 0; i < READ; i++) {
      const text = json(mutate(complete, random, 1 + random.below(3)));
      if ((await orRefused(text, () => parseRuntimeSpecText(text))) !== undefined) taken++;
    }
    // A mutator that only makes nonsense finds nothing behind the first check.
    assert.ok(taken > READ / 20 && taken < READ * 0.95, `${taken} of ${READ} were taken`);
  });

  test('a configuration with single bytes changed', async () => {
    const random = new Random(SEED);
    const original = Buffer.from(json(completeSpec()));
    for (let i = 0; i < READ / 10; i++) {
      const bytes = Buffer.from(original);
      for (let n = 0; n < 3; n++) bytes[random.below(bytes.length)] = random.below(256);
      const text = bytes.toString('utf8', 0, random.below(4) === 0 ? random.below(bytes.length) : bytes.length);
      await orRefused(text, () => parseRuntimeSpecText(text));
    }
  });

  test('process.json of exec, and the resources of update', async () => {
    const random = new Random(SEED);
    const { process: program, linux } = JSON.parse(json(completeSpec()));
    const [programText, resourcesText] = [json(program), json(linux.resources)];
    for (let i = 0; i < READ / 5; i++) {
      const changed = json(mutate(programText, random, 1 + random.below(3)));
      await orRefused(changed, () => parseProcess(parseJson(changed, NAME)));
      const resources = json(mutate(resourcesText, random, 1 + random.below(3)));
      await orRefused(resources, () => parseResources(parseJson(resources, NAME)));
    }
  });
});

/** A container that really starts, with as many fields as this can do anywhere. */
function startable(world: AttackWorld): RuntimeSpec {
  const spec = victim(world, 'exit 7', { mounts: [volumeAt(world, '/vol')] });
  return {
    ...spec,
    hostname: 'host',
    annotations: { 'org.example.key': 'value' },
    process: {
      ...spec.process,
      cwd: '/tmp',
      user: { uid: 5, gid: 6, umask: 0o27, additionalGids: [7] },
      rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
      noNewPrivileges: true,
      oomScoreAdj: 100,
      ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 7 },
      scheduler: { policy: 'SCHED_BATCH', nice: 5 },
    },
    mounts: [
      ...(spec.mounts ?? []),
      { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['size=64k', 'ro'] },
    ],
    linux: {
      ...spec.linux,
      resources: {
        pids: { limit: 20 },
        memory: { limit: 2 ** 28 },
        cpu: { shares: 512, quota: 100_000, period: 100_000 },
        devices: [{ allow: false, access: 'rwm' }],
      },
      devices: [{ path: '/dev/extra', type: 'c', major: 1, minor: 5, fileMode: 0o666, uid: 1, gid: 1 }],
      sysctl: { 'kernel.shm_rmid_forced': '1' },
      rootfsPropagation: 'private',
      personality: { domain: 'LINUX' },
      seccomp: {
        defaultAction: 'SCMP_ACT_ALLOW',
        architectures: ['SCMP_ARCH_X86_64'],
        syscalls: [{ names: ['chroot'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
      },
    },
  };
}

/** What a test may not change, whatever a mutation says: places of the host, and the host's own namespaces. */
function harmless(spec: RuntimeSpec, world: AttackWorld): RuntimeSpec {
  const bound = ({ type, options = [] }: Mount) => type === 'bind' || options.some((option) => /^r?bind$/.test(option));
  const { cgroupsPath: _, netDevices: _n, intelRdt: _i, namespaces = [], ...linux } = spec.linux ?? {};
  return {
    ...spec,
    hooks: undefined,
    root: { ...spec.root, path: world.root },
    mounts: spec.mounts?.map((mount) => (bound(mount) ? { ...mount, source: world.volume } : mount)),
    linux: { ...linux, namespaces: namespaces.map(({ type }) => ({ type })) },
  };
}

const cgroupsOf = (id: string) =>
  readdirSync('/sys/fs/cgroup').flatMap((name) => {
    const path = join('/sys/fs/cgroup', name, 'keelson', id);
    return existsSync(path) ? [path] : [];
  });

function processesWith(id: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && runs(Number(pid)) && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
    } catch {
      return false;
    }
  });
}

describe('starting', () => {
  const world = openAttackWorld('hostile-bundles');
  const stdio = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;

  async function run(spec: RuntimeSpec, id: string): Promise<unknown> {
    await using host = await openRuntime();
    const launched = await launch(host, { id, spec, root: { kind: 'folder', path: world.root }, stdio });
    const exited = await launched.exited;
    launched.monitor.release();
    await setUpCgroup({ id, spec }).remove();
    return exited;
  }

  test(`${STARTS} mutations: refused, or a container that runs to its end`, async () => {
    const random = new Random(SEED);
    let started = 0;
    for (let i = 0; i < STARTS; ) {
      const changed = mutate(json(startable(world)), random, 1 + random.below(2));
      const parsed = await orRefused(changed, () => parseRuntimeSpecText(json(changed)).spec);
      if (parsed === undefined) continue;
      const spec = harmless(parsed, world);
      const id = `hostile-${process.pid}-${i++}`;
      const status = await within(
        30,
        json(changed).slice(0, 4000),
        orRefused(changed, () => run(spec, id)),
      );
      if (status !== undefined) started++;
      assert.deepEqual(cgroupsOf(id), [], json(changed));
      await until(() => processesWith(id).length === 0, `no process stays of ${json(changed)}`);
    }
    world.assertUntouched();
    assert.ok(started > STARTS / 4, `${started} of ${STARTS} were started`);
    assert.equal(readFileSync('/proc/self/mountinfo', 'utf8').includes(world.folder), false);
  });

  test('exec and update of one that runs', async () => {
    await using host = await openRuntime();
    const random = new Random(SEED);
    const id = `hostile-${process.pid}-running`;
    const { oomScoreAdj: _, scheduler: _s, ...program } = startable(world).process ?? { cwd: '/' };
    const spec = harmless({ ...startable(world), process: { ...program, args: ['/bin/sleep', '1000'] } }, world);
    const launched = await launch(host, { id, spec, root: { kind: 'folder', path: world.root }, stdio });
    const cgroup = setUpCgroup({ id, spec });
    let executed = 0;
    try {
      for (let i = 0; i < STARTS; i++) {
        const changed = mutate(json({ ...program, args: ['/bin/true'] }), random, 1);
        const parsed = await orRefused(changed, () => parseProcess(parseJson(json(changed), NAME)).process);
        const resources = mutate(json(spec.linux?.resources), random, 1);
        const limits = await orRefused(resources, () => parseResources(parseJson(json(resources), NAME)));
        if (limits) await orRefused(resources, () => cgroup.update(launched.monitor, { resources: limits }));
        await cgroup.update(launched.monitor, { resources: { pids: { limit: 20 }, memory: { limit: 2 ** 28 } } });
        if (!parsed) continue;
        const plan = { id, spec: { ...spec, process: parsed }, root: { kind: 'folder', path: '/' } as const, stdio };
        const inside = await within(
          30,
          json(changed),
          orRefused(changed, () => execIn(host, launched.pid, plan)),
        );
        if (inside === undefined) continue;
        await inside.exited;
        inside.monitor.release();
        executed++;
      }
      assert.ok(executed > STARTS / 10, `${executed} were executed`);
      await until(() => processesWith(id).length === 1, 'no process of an exec stays');
    } finally {
      await cgroup.kill(launched.monitor);
      await launched.exited;
      launched.monitor.release();
      await cgroup.remove();
    }
  });
});
