import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import type { Installed } from './installed.ts';
import type { Row } from './rows.ts';
import type { Command } from './spawner.ts';
import type { Spawner } from './start-spawner.ts';

/** A program with runc's command line. */
interface Runtime {
  name: string;
  about: string;
  file: string;
  /** `id`: of the container. */
  env?: (id: string) => Readonly<Record<string, string>>;
  spawner: Spawner;
}

/** What runtimes are called for, each by the same words; `spawners`: of the host, and without /sys/fs/cgroup/unified. */
export function ociRows(
  bundle: Bundle,
  installed: Installed,
  spawners: { host: Spawner; withoutUnified: Spawner },
): (Row & AsyncDisposable)[] {
  const brain = (name: string, idle: string) => ({
    KEELSON_RUNTIME_BRAIN: join(bundle.folder, `brain-${name}`),
    KEELSON_RUNTIME_IDLE: idle,
  });
  const { host, withoutUnified } = spawners;
  const runtimes: Runtime[] = [
    ...[
      { name: 'keelson-runtime', about: 'resident brain', env: () => brain('resident', '1m') },
      // A folder for each: nobody is there before, and whoever stays is not found by the next.
      { name: 'keelson-runtime first', about: 'nothing resident before', env: (id: string) => brain(id, '3s') },
      { name: 'keelson-runtime alone', about: 'nothing ever resident', env: () => brain('none', '0') },
    ].map((keelson) => ({ ...keelson, file: installed.runtime, spawner: host })),
    { name: 'runc', about: '', file: 'runc', spawner: host },
    { name: 'crun', about: 'without cgroup2', file: 'crun', spawner: withoutUnified },
  ];
  return runtimes.flatMap((runtime) => [runRow(bundle, runtime), stepsRow(bundle, runtime), execRow(bundle, runtime)]);
}

function commandOf(bundle: Bundle, { file, env, name }: Runtime, id: string, words: readonly string[]): Command {
  const state = join(bundle.stateFolder, name);
  mkdirSync(state, { recursive: true });
  return { file, args: ['--root', state, ...words], ...(env ? { env: env(id) } : {}) };
}

async function time(spawner: Spawner, command: Command): Promise<number> {
  const [run] = await spawner.run([command]);
  if (run?.status !== 0) throw new Error(`status ${run?.status}: ${run?.errors}`);
  return run.milliseconds;
}

const nothing = async () => undefined;

function runRow(bundle: Bundle, runtime: Runtime): Row & AsyncDisposable {
  return {
    name: `oci run: ${runtime.name}`,
    about: `same config.json, no overlay; ${runtime.about}`,
    once: (id) => time(runtime.spawner, commandOf(bundle, runtime, id, ['run', '--bundle', bundle.bundleFor(id), id])),
    [Symbol.asyncDispose]: nothing,
  };
}

/** In a shell, which costs all of them the same: `create` hands its streams to a container that lives on. */
function stepsRow(bundle: Bundle, runtime: Runtime): Row & AsyncDisposable {
  const script = '"$@" create --bundle "$B" "$I" >/dev/null 2>&1 && "$@" start "$I" && "$@" delete --force "$I"';
  return {
    name: `oci create+start+delete: ${runtime.name}`,
    about: `three commands from a shell; ${runtime.about}`,
    once(id) {
      const { file, args, env } = commandOf(bundle, runtime, id, []);
      const all = { ...env, B: bundle.bundleFor(id), I: id };
      return time(runtime.spawner, { file: '/bin/sh', args: ['-c', script, 'sh', file, ...args], env: all });
    },
    [Symbol.asyncDispose]: nothing,
  };
}

function execRow(bundle: Bundle, runtime: Runtime): Row & AsyncDisposable {
  let id: string | undefined;
  return {
    name: `oci exec: ${runtime.name}`,
    about: `\`true\` in a container that runs; ${runtime.about}`,
    async once(name) {
      if (id === undefined) {
        await time(runtime.spawner, sleeper(bundle, runtime, name));
        id = name;
      }
      return time(runtime.spawner, commandOf(bundle, runtime, name, ['exec', id, '/bin/true']));
    },
    async [Symbol.asyncDispose]() {
      if (id !== undefined) await time(runtime.spawner, commandOf(bundle, runtime, id, ['delete', '--force', id]));
    },
  };
}

function sleeper(bundle: Bundle, runtime: Runtime, id: string): Command {
  const folder = bundle.bundleFor(id);
  const path = join(folder, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8'));
  spec.process.args = ['/bin/sleep', '1000'];
  writeFileSync(path, JSON.stringify(spec));
  const { file, args, env } = commandOf(bundle, runtime, id, ['run', '--detach', '--bundle', folder, id]);
  const quiet = ['-c', 'exec "$@" >/dev/null 2>&1', 'sh', file, ...args];
  return { file: '/bin/sh', args: quiet, ...(env ? { env } : {}) };
}
