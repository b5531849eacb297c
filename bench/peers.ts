import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, loopbackOnly, openRuntime } from '../src/runtime/index.ts';
import type { Bundle } from './bundle.ts';
import { CGROUP } from './bundle.ts';
import { cgroupHierarchies } from './cgroup-folders.ts';
import type { Installed } from './installed.ts';
import type { Command } from './spawner.ts';

/** A program that the same container is started with. `id` is new for each run. */
export interface Peer {
  name: string;
  /** What it does and does not do. */
  about: string;
  /** Needs a world without /sys/fs/cgroup/unified. */
  withoutUnified?: boolean;
  command(id: string): Command;
}

/** All peers, with what they need made beforehand. */
export async function preparePeers(bundle: Bundle, installed: Installed): Promise<Peer[]> {
  const { rootfs } = bundle;
  const oneProgram = compile(bundle.folder);
  const filter = join(bundle.folder, 'filter');
  writeFileSync(filter, await captureFilter(bundle));
  const state = (name: string) => {
    const folder = join(bundle.stateFolder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  const oci = (file: string, id: string): Command => ({
    file,
    args: ['--root', state(file), 'run', '--bundle', bundle.bundleFor(id), id],
  });
  return [
    {
      name: 'keelson run',
      about: 'cold command line, --network none',
      command: () => ({
        file: installed.keelson,
        args: ['run', '--rm', '--network', 'none', 'busybox', 'true'],
        env: { KEELSON_ROOT: join(bundle.folder, 'data') },
      }),
    },
    { name: 'runc run', about: 'same config.json, no overlay', command: (id) => oci('runc', id) },
    {
      name: 'crun run',
      about: 'same config.json, no overlay, without cgroup2',
      withoutUnified: true,
      command: (id) => oci('crun', id),
    },
    {
      name: 'bwrap',
      about: 'namespaces and mounts; no cgroups, no filter',
      command: () => ({
        file: 'bwrap',
        args: ['--unshare-all', '--ro-bind', rootfs, '/', '--proc', '/proc', '--dev', '/dev', '/bin/true'],
      }),
    },
    {
      name: 'unshare',
      about: 'namespaces, chroot and /proc alone',
      command: () => ({ file: 'unshare', args: ['-muinpCf', '-R', rootfs, '--mount-proc', '/bin/true'] }),
    },
    {
      name: 'one C program',
      about: 'the same system calls as the library',
      command: (id) => ({
        file: oneProgram,
        args: [rootfs, join(bundle.folder, id), filter, `${CGROUP}/${id}`, ...cgroupHierarchies()],
      }),
    },
    {
      name: 'spawn true',
      about: 'what starting a program costs every row above',
      command: () => ({ file: join(rootfs, 'bin/true'), args: [] }),
    },
  ];
}

function compile(folder: string): string {
  const program = join(folder, 'one-program');
  const source = fileURLToPath(new URL('one-program.c', import.meta.url));
  execFileSync('cc', ['-O2', '-static', '-o', program, source], { stdio: 'inherit' });
  return program;
}

/** The filter that a start of ours installs, taken from its calls; makes the cgroups' parents on the way. */
async function captureFilter(bundle: Bundle): Promise<Uint8Array> {
  let filter: Uint8Array | undefined;
  await using host = await openRuntime({
    tracer: ({ call }) => {
      if (call.name === 'seccomp') filter = filterOf(call.args[2]);
    },
  });
  const root = await bundle.images.snapshotter.prepare('filter', bundle.image);
  const spec = bundle.spec(`${CGROUP}/filter`);
  const launched = await launch(host, { id: 'filter', spec, root, network: loopbackOnly(), stdio: NO_STREAMS });
  await launched.exited;
  launched.monitor.release();
  await launched.cgroup.remove();
  await bundle.images.snapshotter.remove('filter');
  if (!filter) throw new Error('no filter was installed');
  return filter;
}

/** struct sock_fprog: the instructions are the memory that it points to. */
function filterOf(program: unknown): Uint8Array | undefined {
  if (typeof program !== 'object' || program === null || !('embedded' in program)) return undefined;
  const { embedded } = program;
  const first: unknown = Array.isArray(embedded) ? embedded[0]?.value : undefined;
  return first instanceof Uint8Array ? first : undefined;
}

export const NO_STREAMS = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;
