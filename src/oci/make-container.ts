import { renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { invalid, isKeelsonError, KeelsonError } from '../base/index.ts';
import { type Launched, launch, planRdt, type RuntimeHost, rdtHost, type StdioPlan } from '../runtime/index.ts';
import type { Process, RuntimeSpec } from '../spec/index.ts';
import { callerRights } from './caller-rights.ts';
import { standardStreams } from './checkpoint/external-descriptors.ts';
import type { CommandCall } from './command.ts';
import { cgroupDriver, containerCgroup, placeCgroup } from './container-cgroup.ts';
import type { ContainerState } from './container-state.ts';
import { lockFolder } from './folder-lock.ts';
import type { ForegroundTerminal } from './foreground-terminal.ts';
import { namespacePaths } from './namespace-paths.ts';
import { processStart } from './process-start.ts';
import { processStdio, withListenDescriptors } from './process-stdio.ts';
import { type Bundle, readBundle } from './read-bundle.ts';
import { forgetContainer, releaseContainer } from './release-container.ts';
import { startFailure } from './start-failure.ts';
import { StateFolder } from './state-folder.ts';
import { hookSurroundings } from './state-hooks.ts';
import { warnOfUnknownCapabilities } from './unknown-capabilities.ts';

const CGROUPS_PATH = 'linux.cgroupsPath';

/** A container that has been made, with its folder locked until `lock` is disposed of. */
export interface MadeContainer {
  folder: StateFolder;
  state: ContainerState;
  launched: Launched;
  lock: Disposable;
}

/**
 * Makes the container of a bundle and keeps a record of it. `gated`: its program waits for `start`. On any failure
 * nothing stays; whoever is killed in the middle leaves a record by which `delete --force` finds everything. `host`: where
 * its processes come from; disposed of with the command at the latest.
 */
export async function makeContainer(
  call: CommandCall,
  { gated, detached, terminal }: { gated: boolean; detached: boolean; terminal?: ForegroundTerminal },
): Promise<MadeContainer & { host: RuntimeHost }> {
  const folder = new StateFolder(call.options.root, call.args[0] ?? '');
  // What it has to get ready it does while the bundle is read.
  const host = await call.context.openRuntime();
  const bundle = readBundle(call);
  const { process } = bundle.spec;
  if (process === undefined) throw invalid('SPEC_INVALID', 'process property must not be empty');
  warnOfUnknownCapabilities(call, process);
  const stdio = processStdio(call, process, detached);
  const state = newState(call, folder.id, { ...bundle, ...(await placeCgroup(call, bundle.spec)) });
  folder.create();
  const lock = await lockFolder(folder, call.context.pid);
  let launched: Launched | undefined;
  try {
    requireFreeCgroup(state);
    folder.write(state);
    const streams = terminal ? await terminal.take(call.context, stdio) : stdio;
    launched = await begin({ call, host, bundle, folder, state, process, stdio: streams, gated, adopted: detached });
    const { pid } = launched;
    Object.assign(state, {
      init_process_pid: pid,
      init_process_start: processStart(pid) ?? 0,
      namespace_paths: namespacePaths(pid),
      external_descriptors: stdio.direct ? standardStreams(call.context.pid) : [],
    });
    folder.write(state);
    writePidFile(call, pid);
    return { folder, state, host, launched, lock };
  } catch (error) {
    const occupied = isKeelsonError(error) && error.code === 'CGROUP_OCCUPIED';
    await (occupied ? forgetContainer : releaseContainer)(call, folder, state);
    launched?.monitor.release();
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Before there is a record: whoever cleans up by it ends what is in the cgroup, and somebody else's processes in the one
 * that a bundle names must not be ended.
 */
export function requireFreeCgroup(state: ContainerState): void {
  const [pid] = containerCgroup(state).pids();
  if (pid === undefined) return;
  const path = Object.values(state.cgroup_paths)[0] ?? '';
  throw new KeelsonError('conflict', `the cgroup ${path} has processes in it already, such as ${pid}`, {
    code: 'CGROUP_OCCUPIED',
    hint: 'name another one in linux.cgroupsPath',
  });
}

interface Beginning {
  call: CommandCall;
  host: RuntimeHost;
  bundle: Bundle;
  folder: StateFolder;
  state: ContainerState;
  process: Process;
  stdio: StdioPlan;
  gated: boolean;
  adopted: boolean;
}

async function begin({
  call,
  host,
  bundle,
  folder,
  state,
  process,
  stdio,
  gated,
  adopted,
}: Beginning): Promise<Launched> {
  const spec: RuntimeSpec = { ...bundle.spec, process: withListenDescriptors(process, call.context.env) };
  const driver = await cgroupDriver(call.context, state);
  try {
    return await launch(host, {
      id: folder.id,
      spec,
      root: { kind: 'folder', path: bundle.rootfs },
      stdio,
      adopted,
      cacheFolder: call.options.cacheFolder,
      cgroupPaths: state.cgroup_paths,
      cgroupDriver: driver,
      missingCgroups: call.options.rootless ? 'warn' : 'refuse',
      ...callerRights(call),
      onWarning: ({ because, message }) => {
        // Who names no cgroup misses none; limits that it would have had are told of one by one.
        if (because !== CGROUPS_PATH || spec.linux?.cgroupsPath) call.log.write('warning', `${because} ${message}`);
      },
      gate: gated ? folder.gate : undefined,
      setHome: true,
      pidfdSocket: pidfdSocket(call),
      noPivot: call.flags.on('no-pivot'),
      noNewKeyring: call.flags.on('no-new-keyring'),
      hooks: hookSurroundings(bundle.path, call),
    });
  } catch (error) {
    // What was made is looked for only when nobody makes more.
    await host[Symbol.asyncDispose]();
    throw startFailure(error, process);
  }
}

/** The record of a container that is about to be made. */
export function newState(
  { flags, options }: CommandCall,
  id: string,
  { path, rootfs, paths, cgroups, spec }: Bundle & Awaited<ReturnType<typeof placeCgroup>>,
): ContainerState {
  const annotations = Object.entries(spec.annotations ?? {}).map(([key, value]) => `${key}=${value}`);
  const rdt = spec.linux?.intelRdt && planRdt({ id, spec }, rdtHost());
  return {
    id,
    init_process_pid: 0,
    init_process_start: 0,
    // As many digits as runc prints, for the columns of `list`.
    created: new Date().toISOString().replace('Z', '000000Z'),
    config: {
      rootfs,
      version: spec.ociVersion,
      labels: [...annotations, `bundle=${path}`],
      namespaces: (spec.linux?.namespaces ?? []).map(({ type, path: joined }) => ({ type, path: joined ?? '' })),
      ...(flags.on('no-new-keyring') ? { no_new_keyring: true } : {}),
      ...(cgroups === undefined ? {} : { cgroups }),
      spec,
    },
    rootless: options.rootless,
    cgroup_paths: paths,
    namespace_paths: {},
    ...(rdt === undefined ? {} : { intel_rdt_path: rdt.folder, intel_rdt_created: rdt.created }),
  };
}

/** Host path of the socket that gets a descriptor of the process. */
export function pidfdSocket({ context, flags }: CommandCall): string | undefined {
  const path = flags.value('pidfd-socket');
  return path ? resolve(context.folder, path) : undefined;
}

/** Whole or not at all: whoever waits for the file must not read half a number. */
export function writePidFile({ context, flags }: CommandCall, pid: number): void {
  const name = flags.value('pid-file');
  if (!name) return;
  const path = resolve(context.folder, name);
  const unfinished = join(dirname(path), `.${basename(path)}`);
  writeFileSync(unfinished, String(pid), { mode: 0o666 });
  renameSync(unfinished, path);
}
