import { statSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import { CriuProcess, type Kernel, openFolder } from '../../runtime/index.ts';
import { findNamespace, type NamespaceType, type RuntimeSpec } from '../../spec/index.ts';
import { withProcess } from '../agent-kernel.ts';
import type { CommandCall } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import type { ContainerState } from '../container-state.ts';
import { externalMounts } from './container-mounts.ts';
import { type CriuOptions, REQUEST_TYPES } from './criu-messages.ts';
import { configFile, criuFolders, dumpOptions, makeFolders, optionsOfFlags } from './criu-settings.ts';
import { askCriu, type Notice, requireVersion, type Talk } from './criu-talk.ts';
import { writeDescriptors } from './external-descriptors.ts';
import { findCriu } from './find-criu.ts';
import { requireStatusDescriptor, tellStatus } from './status-descriptor.ts';

/**
 * Saves a running or frozen container to the images' folder, which ends its processes unless they are to go on. With
 * `--pre-dump` its memory alone. After a failure they run on.
 * @throws KeelsonError as of `findCriu`, `optionsOfFlags`, `askCriu`
 */
export async function dumpContainer(call: CommandCall, state: ContainerState): Promise<void> {
  const folders = criuFolders(call);
  const options = { ...optionsOfFlags(call), ...dumpOptions(call, folders), ...ofContainer(state) };
  const program = findCriu(call);
  makeFolders(folders);
  const cgroup = containerCgroup(state);
  const before = cgroup.state();
  await using host = await call.context.openRuntime();
  const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' }, 1);
  try {
    const criu = await CriuProcess.start(kernel, { program });
    try {
      const pagesServed = async () => await tellStatus(call, host);
      await dump({ criu, log: `${folders.work}/dump.log` }, { call, state, kernel, options, pagesServed });
    } finally {
      await criu.end();
    }
  } catch (error) {
    // One that was killed lets nobody go.
    if (before === 'running' && cgroup.state() !== 'running') {
      await withProcess(call.context, (thawing) => cgroup.thaw(thawing));
    }
    throw error;
  } finally {
    kernel.release();
    await kernel.closed;
  }
}

interface Dump {
  call: CommandCall;
  state: ContainerState;
  kernel: Kernel;
  options: CriuOptions;
  /** criu waits for whoever fetches the memory, which is all that is not saved yet. */
  pagesServed: () => Promise<void>;
}

async function dump(talk: Talk, { call, state, kernel, options, pagesServed }: Dump): Promise<void> {
  const { images, work } = criuFolders(call);
  const isEarly = call.flags.on('pre-dump');
  await requireVersion(talk);
  if (isEarly) await requireFeature(talk, 'mem_track', 'track changes of memory, which --pre-dump needs');
  if (options.lazy_pages) {
    await requireFeature(talk, 'lazy_pages', 'bring memory when it is first used (userfaultfd), as --lazy-pages needs');
    requireStatusDescriptor(call);
  }
  const opts: CriuOptions = {
    ...options,
    log_file: 'dump.log',
    images_dir_fd: await openFolder(kernel, images),
    work_dir_fd: await openFolder(kernel, work),
  };
  if (!isEarly) {
    opts.ext_mnt = await externalMounts(kernel, state.init_process_pid, state.config.spec);
    writeDescriptors(images, state.external_descriptors ?? []);
  }
  // After an early dump criu would wait for the real one; it goes when nobody asks any more.
  const notified = async ({ script }: Notice) => {
    if (script === 'status-ready' && options.lazy_pages) await pagesServed();
  };
  await askCriu({ ...talk, notified }, { type: isEarly ? REQUEST_TYPES.PRE_DUMP : REQUEST_TYPES.DUMP, opts });
}

async function requireFeature(talk: Talk, name: 'mem_track' | 'lazy_pages', what: string): Promise<void> {
  const asked = { type: REQUEST_TYPES.FEATURE_CHECK, keep_open: true, features: { [name]: true } };
  const { features } = await askCriu(talk, asked);
  if (features?.[name]) return;
  throw new KeelsonError('unsupported', `the kernel cannot ${what}`, {
    code: 'CHECKPOINT',
    hint: 'checkpoint without that flag',
  });
}

/** What depends on the container alone. */
function ofContainer({ config, init_process_pid: pid, cgroup_paths: cgroups }: ContainerState): CriuOptions {
  const { spec, rootfs } = config;
  const freezer = cgroups.freezer ?? cgroups[''];
  return {
    pid,
    root: rootfs,
    ...configFile(spec.annotations),
    ...(freezer === undefined ? {} : { freeze_cgroup: freezer }),
    external: (['network', 'pid'] as const).flatMap((type) => externalNamespace(spec, type)),
  };
}

/** How criu knows a namespace of these kinds again, that is not the container's own. */
export function namespaceKey(type: NamespaceType): string {
  return type === 'network' ? 'extRootNetNS' : 'extRootPidNS';
}

function externalNamespace(spec: RuntimeSpec, type: 'network' | 'pid'): string[] {
  const path = findNamespace(spec.linux?.namespaces, type)?.path;
  if (!path) return [];
  return [`${type === 'network' ? 'net' : 'pid'}[${statSync(path).ino}]:${namespaceKey(type)}`];
}
