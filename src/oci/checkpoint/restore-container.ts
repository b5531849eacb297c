import { mkdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { invalid, KeelsonError } from '../../base/index.ts';
import {
  type BegunRestore,
  beginRestore,
  type Launched,
  runRuntimeHooks,
  type StdioPlan,
} from '../../runtime/index.ts';
import { findNamespace, type RuntimeSpec } from '../../spec/index.ts';
import type { CommandCall } from '../command.ts';
import { cgroupDriver, placeCgroup } from '../container-cgroup.ts';
import type { ContainerState } from '../container-state.ts';
import { lockFolder } from '../folder-lock.ts';
import type { ForegroundTerminal } from '../foreground-terminal.ts';
import { type MadeContainer, newState, requireFreeCgroup, writePidFile } from '../make-container.ts';
import { namespacePaths } from '../namespace-paths.ts';
import { processStart } from '../process-start.ts';
import { processStdio } from '../process-stdio.ts';
import { type Bundle, readBundle } from '../read-bundle.ts';
import { forgetContainer, releaseContainer } from '../release-container.ts';
import { StateFolder } from '../state-folder.ts';
import { hookSurroundings } from '../state-hooks.ts';
import { externalSources } from './container-mounts.ts';
import { type CriuOptions, REQUEST_TYPES } from './criu-messages.ts';
import { type CriuFolders, configFile, criuFolders, makeFolders, optionsOfFlags } from './criu-settings.ts';
import { askCriu, type Notice, requireVersion, type Talk } from './criu-talk.ts';
import { namespaceKey } from './dump-container.ts';
import { readDescriptors, standardStreams } from './external-descriptors.ts';
import { findCriu } from './find-criu.ts';

interface Restore {
  call: CommandCall;
  folder: StateFolder;
  bundle: Bundle;
  folders: CriuFolders;
  stdio: StdioPlan;
  options: CriuOptions;
  program: ReturnType<typeof findCriu>;
  detached: boolean;
}

/** Makes a container of a bundle and of the images of one that was saved; on any failure nothing stays. */
export async function restoreContainer(
  call: CommandCall,
  { detached, terminal }: { detached: boolean; terminal: ForegroundTerminal },
): Promise<MadeContainer> {
  const restore = readRestore(call, detached);
  const { folder, bundle } = restore;
  const state = newState(call, folder.id, { ...bundle, ...(await placeCgroup(call, bundle.spec)) });
  folder.create();
  const lock = await lockFolder(folder, call.context.pid);
  let isOurs = false;
  try {
    requireFreeCgroup(state);
    isOurs = true;
    folder.write(state);
    const stdio = await terminal.take(call.context, restore.stdio);
    const launched = await carryOut({ ...restore, stdio }, state);
    // criu gave it the size that it had.
    await terminal.follow(launched).catch(() => undefined);
    return { folder, state, launched, lock };
  } catch (error) {
    await (isOurs ? releaseContainer : forgetContainer)(call, folder, state);
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Everything that can be refused before anything is made. */
function readRestore(call: CommandCall, detached: boolean): Restore {
  const folder = new StateFolder(call.options.root, call.args[0] ?? '');
  const bundle = readBundle(call);
  const { process } = bundle.spec;
  if (process === undefined) throw invalid('SPEC_INVALID', 'process property must not be empty');
  const joined = findNamespace(bundle.spec.linux?.namespaces, 'cgroup')?.path;
  if (joined) throw unsupported(`a cgroup namespace that is given by its path, ${joined},`);
  const folders = criuFolders(call);
  const options: CriuOptions = {
    ...optionsOfFlags(call),
    ...labels(call),
    ...configFile(bundle.spec.annotations),
    ...readDescriptors(folders.images),
  };
  const stdio = processStdio(call, process, detached);
  const program = findCriu(call);
  makeFolders(folders);
  return { call, folder, bundle, folders, options, stdio, program, detached };
}

function labels({ flags }: CommandCall): CriuOptions {
  const [profile, context] = [flags.value('lsm-profile'), flags.value('lsm-mount-context')];
  return { ...(profile ? { lsm_profile: profile } : {}), ...(context ? { lsm_mount_context: context } : {}) };
}

async function carryOut(restore: Restore, state: ContainerState): Promise<Launched> {
  const { call, folder, bundle, folders, stdio, program, detached } = restore;
  const { context, options } = call;
  const place = join(folder.path, 'criu-root');
  const host = await context.openRuntime();
  mkdirSync(place, { mode: 0o755 });
  let begun: BegunRestore | undefined;
  try {
    begun = await beginRestore(host, {
      id: folder.id,
      spec: bundle.spec,
      stdio,
      cgroupPaths: state.cgroup_paths,
      cgroupDriver: await cgroupDriver(context, state),
      missingCgroups: options.rootless ? 'warn' : 'refuse',
      adopted: detached,
      program,
      rootfs: bundle.rootfs,
      place,
      folders: [folders.images, folders.work],
    });
    const pid = await converse(begun, restore, state);
    await endOfCriu(begun, folders);
    const launched = await begun.supervise(pid);
    writePidFile(call, pid);
    return launched;
  } catch (error) {
    await begun?.abandon();
    throw error;
  } finally {
    // What is mounted there is so in a namespace of criu's own.
    rmdirSync(place);
  }
}

async function endOfCriu({ criu }: BegunRestore, { work }: CriuFolders): Promise<void> {
  const { status, signal } = await criu.end();
  if (status === 0) return;
  const how = signal === undefined ? `exit status ${status}` : `signal ${signal}`;
  throw new KeelsonError('internal', `criu failed: ${how}; log file: ${work}/restore.log`, { code: 'CRIU_FAILED' });
}

/** Has criu make the processes, and keeps a record of them before they run. Gives the first one's number. */
async function converse(begun: BegunRestore, restore: Restore, state: ContainerState): Promise<number> {
  const { criu } = begun;
  const { call, folder, bundle, folders, stdio } = restore;
  const notified = async ({ script, pid }: Notice) => {
    if (script === 'orphan-pts-master') await begun.giveTerminal(criu.takeDescriptor());
    if (script === 'setup-namespaces') await runHooks(restore, pid);
    if (script !== 'post-restore') return;
    Object.assign(state, {
      created: new Date().toISOString().replace('Z', '000000Z'),
      init_process_pid: pid,
      init_process_start: processStart(pid) ?? 0,
      namespace_paths: namespacePaths(pid),
      external_descriptors: stdio.direct ? standardStreams(call.context.pid) : [],
    });
    state.config.spec = withTimeNamespace(bundle.spec, pid);
    folder.write(state);
  };
  const talk: Talk = { criu, log: `${folders.work}/restore.log`, notified };
  await requireVersion(talk);
  const opts = await restoreOptions(begun, restore);
  await askCriu(talk, { type: REQUEST_TYPES.RESTORE, opts });
  if (state.init_process_pid > 0) return state.init_process_pid;
  throw new KeelsonError('internal', 'criu failed: it did not say which process it restored', { code: 'CRIU_FAILED' });
}

async function restoreOptions(begun: BegunRestore, { bundle, options }: Restore): Promise<CriuOptions> {
  const { spec } = bundle;
  const [images, work] = begun.folders;
  const joined = (spec.linux?.namespaces ?? []).flatMap(({ type, path }) =>
    path && type !== 'network' && type !== 'pid' ? [{ ns: type === 'mount' ? 'mnt' : type, ns_file: path }] : [],
  );
  const inherited = begun.namespaces.map(({ type, fd }) => ({ key: namespaceKey(type), fd }));
  return {
    ...options,
    log_file: 'restore.log',
    images_dir_fd: images ?? -1,
    work_dir_fd: work ?? -1,
    root: begun.root.path,
    evasive_devices: true,
    rst_sibling: true,
    ext_mnt: externalSources(spec, begun.root.binds),
    cg_root: cgroupsOf(await begun.criu.pid),
    inherit_fd: [...(options.inherit_fd ?? []), ...inherited],
    join_ns: joined,
  };
}

/** Where criu is is where the container's cgroups begin: /proc/PID/cgroup (cgroups(7)). */
function cgroupsOf(pid: number): { ctrl: string; path: string }[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n').filter(Boolean);
  return lines.flatMap((line) => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers.split(',').map((ctrl) => ({ ctrl, path }));
  });
}

/** Hooks that connect a container find its new namespaces. */
async function runHooks({ call, folder, bundle }: Restore, pid: number): Promise<void> {
  const plan = { id: folder.id, spec: bundle.spec, hooks: hookSurroundings(bundle.path, call) };
  await runRuntimeHooks(await call.context.openRuntime(), ['prestart', 'createRuntime'], {
    plan,
    status: 'creating',
    pid,
  });
}

/** criu gives the processes the clocks that they knew, by a time namespace: programs of `exec` must have it too. */
function withTimeNamespace(spec: RuntimeSpec, pid: number): RuntimeSpec {
  const namespaces = spec.linux?.namespaces ?? [];
  if (findNamespace(namespaces, 'time') || timeNamespace(pid) === timeNamespace('self')) return spec;
  return { ...spec, linux: { ...spec.linux, namespaces: [...namespaces, { type: 'time' }] } };
}

function timeNamespace(pid: number | 'self'): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/time`);
  } catch {
    // Kernels before 5.6 have none.
    return '';
  }
}

function unsupported(what: string): KeelsonError {
  return new KeelsonError('unsupported', `${what} cannot be restored`, {
    code: 'CHECKPOINT',
    hint: 'let the container have one of its own, or none',
  });
}
