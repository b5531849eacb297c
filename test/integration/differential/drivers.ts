import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launch, loopbackOnly, openRuntime, setUpCgroup, shellExitCode } from '../../../src/runtime/index.ts';
import type { RuntimeSpec } from '../../../src/spec/index.ts';

export interface BundleResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Something that runs a container of a configuration to its end. `id`: unique on the host. */
export interface Driver {
  name: string;
  run(spec: RuntimeSpec, id: string): Promise<BundleResult>;
}

/** A program with runc's command line. `root.path` of the specification must be absolute. */
function commandDriver(name: string, command: readonly [string, ...string[]]): Driver {
  return {
    name,
    async run(spec, id) {
      const bundle = mkdtempSync(join(tmpdir(), `keelson-differential-${name}-`));
      try {
        writeFileSync(join(bundle, 'config.json'), JSON.stringify(spec));
        const [program, ...before] = command;
        const args = [...before, '--root', join(bundle, 'state'), 'run', '--bundle', bundle, id];
        const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000, input: '' });
        return { exitCode: status ?? -1, stdout, stderr };
      } finally {
        rmSync(bundle, { recursive: true });
      }
    },
  };
}

/** The runtime room itself. */
export const library: Driver = {
  name: 'library',
  async run(spec, id) {
    await using host = await openRuntime();
    const stdio = { stdin: 'none', stdout: 'stream', stderr: 'stream' } as const;
    const root = { kind: 'folder', path: spec.root?.path ?? '' } as const;
    const hooks = { bundle: root.path, folder: root.path, environment: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] };
    const ownNetwork = spec.linux?.namespaces?.some((n) => n.type === 'network' && !n.path);
    const network = ownNetwork ? loopbackOnly() : undefined;
    const launched = await launch(host, { id, spec, root, stdio, network, hooks, setHome: true });
    const [stdout, stderr, exited] = await Promise.all([
      launched.stdout ? text(launched.stdout) : '',
      launched.stderr ? text(launched.stderr) : '',
      launched.exited,
    ]);
    launched.monitor.release();
    await setUpCgroup({ id, spec }).remove();
    return { exitCode: shellExitCode(exited), stdout, stderr };
  },
};

export const runc: Driver = commandDriver('runc', ['runc']);

/** crun refuses a hybrid cgroup layout: it gets a mount namespace without the unified hierarchy. */
export const crunCommand = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"',
  'crun',
] as const;

export const crun: Driver = commandDriver('crun', crunCommand);
