import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { release, hostname as systemHostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError, newId, randomName } from '../base/index.ts';
import { type Image, ImageStore } from '../image/index.ts';
import { releaseNetwork } from '../network/index.ts';
import type { Launched, LaunchPlan, StdioPlan } from '../runtime/index.ts';
import {
  ESRCH,
  execIn,
  launch,
  openRuntime,
  readExit,
  setUpCgroup,
  shellExitCode,
  signalNumber,
  signalProcesses,
} from '../runtime/index.ts';
import type {
  ContainerConfig,
  ContainerExit,
  ContainerState,
  Engine,
  ExecConfig,
  IdMap,
  LogQuery,
  RunningContainer,
  RunningProcess,
  RunRequest,
  StdioConfig,
} from '../spec/index.ts';
import { availableCapabilities } from './available-capabilities.ts';
import { type BuiltSpec, buildSpec } from './build-spec.ts';
import { type Connection, connectNetwork, releaseAddresses } from './connect-network.ts';
import { defaultDataRoot } from './data-root.ts';
import { endStarters } from './end-starters.ts';
import { findDevices } from './find-devices.ts';
import { IdRanges } from './id-ranges.ts';
import { readLog } from './log-file.ts';
import { monitorGone } from './monitor-gone.ts';
import { isAlive, processIdentity } from './process-identity.ts';
import type { ContainerRecord, Store } from './store.ts';
import { openStore } from './store.ts';
import { traceSteps } from './trace-steps.ts';
import { resolveUserNamespace, UNUSED } from './user-namespace.ts';

export interface EngineOptions {
  /** Folder of everything; see `defaultDataRoot`. */
  root?: string | undefined;
}

const SECOND = 1000;
const DEFAULT_STOP_TIMEOUT = 10;

/** Opens the engine in this program. Several may use one data root at the same time. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const root = resolve(options.root ?? defaultDataRoot({}));
  const engine = new EmbeddedEngine(root);
  await engine.recover();
  return engine;
}

class EmbeddedEngine implements Engine {
  readonly #root: string;
  readonly #store: Store;
  readonly #images: ImageStore;
  /** Addresses are the host's, whatever the data root: kept where a restart of the host clears them. */
  readonly #addressFolder = '/run/keelson/addresses';
  readonly #idRanges = new IdRanges('/run/keelson/ids');
  readonly #self = processIdentity(process.pid);
  readonly #disposal = new AsyncDisposableStack();

  constructor(root: string) {
    this.#root = root;
    this.#store = this.#disposal.use(openStore(root));
    this.#images = new ImageStore({ root });
  }

  /** Undoes what somebody left who died between acquiring and recording, and records what ended meanwhile. */
  async recover(): Promise<void> {
    for (const record of this.#store.all()) {
      if (record.phase !== 'ready' && !isAlive(record.owner)) await this.#discard(record);
      else if (record.phase === 'ready') await this.#refresh(record);
    }
  }

  async run(request: RunRequest): Promise<RunningContainer> {
    const image = await this.#findImage(request);
    if (request.config.rootfs !== undefined) refuseMissingFolder(request.config.rootfs);
    const id = newId(randomBytes);
    const config = this.#withIds(request, id);
    try {
      return await this.#run({ ...request, config }, id, image);
    } catch (error) {
      this.#idRanges.release(id);
      throw error;
    }
  }

  /** The ids that `--userns` comes to are kept with the container: `exec` enters the same namespace. */
  #withIds({ config, dryRun }: RunRequest, id: string): ContainerConfig {
    const { user } = config.namespaces;
    if (!user) return config;
    const reserve = (size: number) => (dryRun ? UNUSED.start : this.#idRanges.reserve(size, id));
    const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, reserve };
    return { ...config, namespaces: { ...config.namespaces, user: resolveUserNamespace(user, caller) } };
  }

  async #run(request: RunRequest, id: string, image: Image | undefined): Promise<RunningContainer> {
    const { config } = request;
    const found = { devices: findDevices(config), available: availableCapabilities() };
    const described =
      request.dryRun && config.image !== undefined ? await this.#images.describe(config.image) : undefined;
    const execution = image?.config.config ?? described;
    const built = buildSpec(config, { id, image: execution, kernel: release(), ...found });
    const folder = join(this.#root, 'containers', id);
    const state = newState({ id, config, folder, image, argv: [...(built.spec.process?.args ?? [])] });
    const tracer = request.onStep && traceSteps(request.onStep);
    const dryRun = request.dryRun ?? false;
    const host = await openRuntime({ tracer, dryRun });
    const connect = () => {
      const hostname = built.spec.hostname ?? systemHostname();
      return connectNetwork({ id, config, hostname, folder, addressFolder: this.#addressFolder, dryRun });
    };
    const planned = { id, built, state, request };
    if (dryRun) return running(await launch(host, launchPlan(planned, connect())), id, async () => noExit);
    const record: ContainerRecord = { state, phase: 'creating', owner: this.#self };
    this.#store.insert(record);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      state.layers = await this.#makeRoot(state, image);
      const connection = connect();
      const launched = await launch(host, launchPlan(planned, connection));
      Object.assign(state, await connection.describe());
      return this.#started(record, launched, request);
    } catch (error) {
      await this.#discard(record);
      throw error;
    }
  }

  /** In a dry run nothing is made: `describe` tells then how the image is run. */
  async #findImage({ config, dryRun }: RunRequest): Promise<Image | undefined> {
    if (config.rootfs !== undefined || config.image === undefined || dryRun) return undefined;
    return await this.#images.resolve(config.image);
  }

  /** Folders for the container's root: over its image's layers, or over any folder of the host. */
  async #makeRoot({ config, id }: ContainerState, image: Image | undefined): Promise<ContainerState['layers']> {
    const { user } = config.namespaces;
    const owner = user?.mode === 'maps' ? { uid: mappedRoot(user.uidMaps), gid: mappedRoot(user.gidMaps) } : undefined;
    const source = image ?? { folder: config.rootfs ?? '/' };
    const made = await this.#images.snapshotter.prepare(id, source, { owner });
    return made.kind === 'overlay' ? made : { lower: [made.path] };
  }

  #started(record: ContainerRecord, launched: Launched, request: RunRequest): RunningContainer {
    const { state } = record;
    state.pid = launched.pid;
    state.status = 'running';
    state.started = Date.now();
    record.phase = 'ready';
    record.owner = processIdentity(launched.pid);
    this.#store.save(record);
    if (request.detach) {
      launched.monitor.release();
      return running(launched, state.id, () => this.wait(state.id));
    }
    const exited = launched.exited.then(
      async (event) => {
        launched.monitor.release();
        return this.#ended(record, { exitCode: shellExitCode(event), finished: event.time });
      },
      async (cause) => {
        // Nobody moves its output or could tell how it ends.
        await this.#discard(record);
        throw monitorGone(state.name, cause);
      },
    );
    return running(launched, state.id, () => exited);
  }

  /** Records an end, or removes the container where that was asked for. */
  async #ended(record: ContainerRecord, end: { exitCode: number; finished: number }): Promise<ContainerExit> {
    const { state } = record;
    const cgroup = this.#cgroup(state);
    const exit = { ...end, oomKilled: cgroup.oomKilled() };
    await cgroup.remove();
    await this.#disconnect(state);
    Object.assign(state, exit, { status: 'exited', pid: 0 });
    if (state.config.autoRemove) await this.#discard(record);
    else this.#store.save(record);
    return exit;
  }

  /** The cable goes with the container's network namespace; addresses and published ports are kept on the host. */
  async #disconnect({ id, config: { network } }: ContainerState): Promise<void> {
    this.#idRanges.release(id);
    if (network.mode !== 'bridge') return;
    releaseAddresses(this.#addressFolder, id);
    if (network.ports.length === 0) return;
    const host = await openRuntime();
    const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' });
    try {
      await releaseNetwork(kernel, id);
    } finally {
      kernel.release();
    }
  }

  #cgroup({ id, config }: ContainerState) {
    const cgroupsPath = `${config.resources.cgroupParent ?? '/keelson'}/${id}`;
    return setUpCgroup({ id, spec: { ociVersion: '', linux: { cgroupsPath } } });
  }

  /** Removes everything of a container, also what an unfinished start left: all of it follows from the id. */
  async #discard(record: ContainerRecord): Promise<void> {
    const { state } = record;
    const unfinished = record.phase !== 'ready';
    record.phase = 'removing';
    record.owner = this.#self;
    this.#store.save(record);
    const cgroup = this.#cgroup(state);
    if (unfinished) await endStarters(state.folder);
    const inside = new Set(cgroup.pids());
    await signalProcesses([...inside], 9, (pid) => cgroup.pids().includes(pid));
    await cgroup.remove();
    await this.#disconnect(state);
    await this.#images.snapshotter.remove(state.id);
    // no-mount-below: the overlay lived in the container's own mount namespace, gone with its processes
    rmSync(state.folder, { recursive: true, force: true });
    this.#store.delete(state.id);
  }

  async #refresh(record: ContainerRecord): Promise<ContainerRecord> {
    const { state } = record;
    if (state.status !== 'running' || isAlive(record.owner)) return record;
    const event = readExit(state.folder);
    const end = event
      ? { exitCode: shellExitCode(event), finished: event.time }
      : { exitCode: 137, finished: Date.now() };
    await this.#ended(record, end);
    return record;
  }

  async inspect(reference: string): Promise<ContainerState> {
    return (await this.#refresh(this.#store.find(reference))).state;
  }

  async list(options: { all?: boolean } = {}): Promise<ContainerState[]> {
    const records = await Promise.all(this.#store.all().map((record) => this.#refresh(record)));
    return records.map((r) => r.state).filter((s) => options.all || s.status === 'running');
  }

  async *logs(reference: string, query: LogQuery = {}) {
    const { state, owner } = await this.#refresh(this.#store.find(reference));
    yield* readLog(state.logPath, query, () => state.status !== 'running' || !isAlive(owner));
  }

  async exec(
    reference: string,
    config: ExecConfig,
    io: { stdio: StdioConfig; detach?: boolean },
  ): Promise<RunningProcess> {
    const { state } = this.#runningRecord(await this.#refresh(this.#store.find(reference)));
    const built = buildSpec(
      {
        ...state.config,
        entrypoint: [],
        command: config.command,
        env: [...state.config.env, ...config.env],
        tty: config.tty,
        ...(config.user === undefined ? {} : { user: config.user }),
        ...(config.workdir === undefined ? {} : { workdir: config.workdir }),
        privileges: { ...state.config.privileges, ...(config.privileged ? { privileged: true } : {}) },
      },
      {
        id: state.id,
        image: state.imageId ? (await this.#images.resolve(state.imageId)).config.config : undefined,
        kernel: release(),
        devices: [],
        available: availableCapabilities(),
      },
    );
    const stdio = stdioPlan(io.stdio, { detach: io.detach ?? false, tty: config.tty, log: undefined });
    const plan: LaunchPlan = { id: state.id, ...built, root: { kind: 'folder', path: '/' }, stdio };
    const launched = await execIn(await openRuntime(), state.pid, plan);
    const exited = launched.exited.then((event) => {
      launched.monitor.release();
      return { exitCode: shellExitCode(event), oomKilled: false, finished: event.time };
    });
    return running(launched, state.id, () => exited);
  }

  #runningRecord(record: ContainerRecord): ContainerRecord {
    if (record.state.status === 'running') return record;
    throw new KeelsonError('conflict', `container ${record.state.name} is not running`, {
      code: 'CONTAINER_NOT_RUNNING',
    });
  }

  async kill(reference: string, signal: string | number = 'KILL'): Promise<void> {
    const number = signalNumber(signal);
    const record = this.#runningRecord(await this.#refresh(this.#store.find(reference)));
    await this.#signal(record, number);
  }

  #signal({ state, owner }: ContainerRecord, signal: number): Promise<void> {
    return signalProcesses([state.pid], signal, () => isAlive(owner));
  }

  async stop(reference: string, timeout?: number): Promise<ContainerExit> {
    const record = await this.#refresh(this.#store.find(reference));
    if (record.state.status !== 'running') return exitOf(record.state);
    const { config, id } = record.state;
    await this.#signal(record, signalNumber(config.stopSignal ?? 'TERM'));
    const seconds = timeout ?? config.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
    const ended = await this.#waitUntil(record, seconds < 0 ? undefined : Date.now() + seconds * SECOND);
    if (!ended) await this.#signal(record, 9);
    return this.wait(id);
  }

  /** Was it over before `deadline`? */
  async #waitUntil(record: ContainerRecord, deadline: number | undefined): Promise<boolean> {
    for (let pause = 5; isAlive(record.owner); pause = Math.min(100, pause * 2)) {
      if (deadline !== undefined && Date.now() >= deadline) return false;
      await sleep(deadline === undefined ? pause : Math.min(pause, Math.max(1, deadline - Date.now())));
    }
    return true;
  }

  async wait(reference: string): Promise<ContainerExit> {
    const record = this.#store.find(reference);
    await this.#waitUntil(record, undefined);
    // The monitor writes the status a moment after the process has gone.
    for (let tries = 0; record.state.status === 'running' && !readExit(record.state.folder) && tries < 100; tries++)
      await sleep(5);
    return exitOf((await this.#refresh(record)).state);
  }

  async remove(reference: string, options: { force?: boolean } = {}): Promise<void> {
    const record = await this.#refresh(this.#store.find(reference));
    if (record.state.status === 'running' && !options.force) {
      throw new KeelsonError('conflict', `container ${record.state.name} is running`, {
        code: 'CONTAINER_RUNNING',
        hint: 'stop it first, or remove it with --force',
      });
    }
    if (record.state.status === 'running') {
      await this.#signal(record, 9);
      await this.#waitUntil(record, undefined);
    }
    await this.#discard(record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposal.disposeAsync();
  }
}

function refuseMissingFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new KeelsonError('not-found', `--rootfs ${path}: there is no such folder`, {
    code: 'ROOTFS_MISSING',
    hint: 'name a folder that holds a file system, such as output/target of Buildroot',
  });
}

/** Container id 0 in the host's numbers. */
function mappedRoot(maps: readonly IdMap[]): number {
  const map = maps.find(({ containerID }) => containerID === 0);
  return map?.hostID ?? 0;
}

const noExit: ContainerExit = { exitCode: 0, oomKilled: false, finished: 0 };

function exitOf(state: ContainerState): ContainerExit {
  return { exitCode: state.exitCode ?? 0, oomKilled: state.oomKilled, finished: state.finished ?? 0 };
}

function newState(from: {
  id: string;
  config: ContainerConfig;
  folder: string;
  image: Image | undefined;
  argv: string[];
}): ContainerState {
  const { id, config, folder, image, argv } = from;
  return {
    id,
    name: config.name ?? randomName(randomBytes),
    status: 'created',
    pid: 0,
    config,
    argv,
    created: Date.now(),
    oomKilled: false,
    imageId: image?.id,
    ports: config.network.ports,
    folder,
    logPath: join(folder, 'log'),
    layers: { lower: [config.rootfs ?? config.image ?? '/'] },
  };
}

function launchPlan(
  planned: { id: string; built: BuiltSpec; state: ContainerState; request: RunRequest },
  connection: Connection,
): LaunchPlan {
  const { id, built, state, request } = planned;
  const { lower, upper, work } = state.layers;
  const overlay = { kind: 'overlay' as const, lower, upper: upper ?? state.folder, work: work ?? state.folder };
  return {
    id,
    ...built,
    spec: { ...built.spec, mounts: [...(built.spec.mounts ?? []), ...connection.mounts] },
    root: overlay,
    init: request.config.init,
    stdio: stdioPlan(request.stdio, { detach: request.detach, tty: request.config.tty, log: state.logPath }),
    network: connection.setup,
    cacheFolder: join(state.folder, '../../cache'),
    monitor: { folder: state.folder },
  };
}

function stdioPlan(stdio: StdioConfig, how: { detach: boolean; tty: boolean; log: string | undefined }): StdioPlan {
  const end = (kind: StdioConfig['stdin']) =>
    how.detach || kind === 'ignore' ? 'none' : kind === 'pipe' ? 'stream' : 'agent';
  const terminal = how.tty ? { terminal: { columns: stdio.columns ?? 80, rows: stdio.rows ?? 24 } } : {};
  const log = how.log === undefined ? {} : { log: how.log };
  return { stdin: end(stdio.stdin), stdout: end(stdio.stdout), stderr: end(stdio.stderr), ...terminal, ...log };
}

/** `exited` is asked for only when somebody waits: a detached container goes on without us. */
function running(launched: Launched, id: string, exited: () => Promise<ContainerExit>): RunningContainer {
  const { pid, pidfd, monitor, stdin, stdout, stderr, resize } = launched;
  return {
    id,
    pid,
    get exited() {
      return exited();
    },
    resize,
    async signal(signal) {
      monitor.pidfdSendSignal(pidfd, signalNumber(signal), { allow: [ESRCH] });
      await monitor.flush();
    },
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
  };
}
