import { openEngine } from '../src/sdk/index.ts';
import type { ContainerConfig } from '../src/spec/index.ts';
import type { Library } from './library.ts';
import type { Peer } from './peers.ts';
import type { Spawner } from './start-spawner.ts';

/** One line of the table. */
export interface Row {
  name: string;
  about: string;
  /** One container; milliseconds. */
  once(id: string): Promise<number>;
  /** So many at the same time; milliseconds until all are done, and how many failed. */
  together?(ids: readonly string[]): Promise<{ milliseconds: number; failed: number }>;
}

export function libraryRow(library: Library): Row {
  return {
    name: 'library',
    about: 'resident, network none: folders, cgroups, start, exit, removal',
    once: (id) => library.run(id),
    async together(ids) {
      const start = performance.now();
      const results = await Promise.allSettled(ids.map((id) => library.run(id)));
      return { milliseconds: performance.now() - start, failed: results.filter((r) => r.status === 'rejected').length };
    },
  };
}

/** `engine.run`, as a program that imports the package has it: with the record of the container on the disk. */
export async function engineRow(root: string, mode: 'none' | 'bridge'): Promise<Row & AsyncDisposable> {
  const engine = await openEngine({ root });
  return {
    name: `engine, ${mode}`,
    about: `engine.run, network ${mode}, with its record on the disk`,
    async once() {
      const start = performance.now();
      const stdio = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
      const container = await engine.run({ config: configOf(mode), detach: false, stdio });
      const { exitCode } = await container.exited;
      if (exitCode !== 0) throw new Error(`true ended with ${exitCode}`);
      return performance.now() - start;
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

export function peerRow(peer: Peer, spawner: Spawner): Row {
  return {
    name: peer.name,
    about: peer.about,
    async once(id) {
      const [run] = await spawner.run([peer.command(id)]);
      if (run?.status !== 0) throw new Error(`status ${run?.status}: ${run?.errors}`);
      return run.milliseconds;
    },
    async together(ids) {
      const runs = await spawner.run(ids.map((id) => peer.command(id)));
      const milliseconds = Math.max(...runs.map((run) => run.milliseconds));
      return { milliseconds, failed: runs.filter(({ status }) => status !== 0).length };
    },
  };
}

function configOf(mode: 'none' | 'bridge'): ContainerConfig {
  return {
    image: 'busybox',
    command: ['true'],
    env: [],
    groupAdd: [],
    tty: false,
    interactive: false,
    init: false,
    autoRemove: true,
    readOnly: false,
    mounts: [],
    privileges: {
      privileged: false,
      capAdd: [],
      capDrop: [],
      noNewPrivileges: true,
      seccomp: 'default',
      unconfinedSystemPaths: false,
    },
    devices: [],
    resources: { memory: 256 << 20, cpus: 1, cpuShares: 512, pidsLimit: 100 },
    ulimits: [],
    sysctls: {},
    namespaces: {},
    network: { mode, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports: [] },
    labels: {},
    annotations: {},
  };
}
