import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { KeelsonError } from '../../base/index.ts';
import type {
  CommitRequest,
  ContainerChange,
  ContainerExit,
  ContainerState,
  Engine,
  EngineUsage,
  ExecConfig,
  ImageDetails,
  ImageEngine,
  ImageSummary,
  KeptLogin,
  LogEntry,
  LogQuery,
  MountedImage,
  ProbeResult,
  PullEvent,
  PulledImage,
  PushEvent,
  RunningContainer,
  RunRequest,
  StdioConfig,
  Volume,
  Volumes,
} from '../../spec/index.ts';
import { sampleState } from './container-state.ts';

/** An engine that does nothing but remember what it was asked. Containers are those of `states`. */
export class FakeEngine implements Engine {
  readonly calls: [name: string, ...args: unknown[]][] = [];
  readonly runs: RunRequest[] = [];
  readonly execs: { reference: string; config: ExecConfig; stdio: StdioConfig; detach: boolean | undefined }[] = [];
  readonly signals: (string | number)[] = [];
  readonly sizes: [number, number][] = [];
  states: ContainerState[] = [sampleState()];
  entries: LogEntry[] = [];
  knownVolumes: Volume[] = [];
  readonly volumes: Volumes = {
    create: async (wanted) => {
      this.calls.push(['volumes.create', wanted]);
      return sampleVolume({ name: wanted.name ?? 'f'.repeat(64), labels: wanted.labels ?? {} });
    },
    list: async () => this.knownVolumes,
    inspect: async (name) => this.#volume(name),
    remove: async (name) => {
      this.calls.push(['volumes.remove', this.#volume(name).name]);
    },
    prune: async ({ all = false, matches = () => true } = {}) => {
      this.calls.push(['volumes.prune', all]);
      const gone = this.knownVolumes.filter((v) => !v.inUse && (all || v.anonymous) && matches(v));
      return { removed: gone.map(({ name }) => name), bytes: gone.length * 1000 };
    },
  };
  disposed = 0;
  /** Thrown by run and exec. */
  failure: Error | undefined;
  /** Resolve it to end the process that run or exec started. */
  readonly exit = Promise.withResolvers<ContainerExit>();
  /** Called before a container is recorded. */
  beforeRecord: () => void | Promise<void> = () => undefined;
  /** Called before run and exec give their process. */
  beforeStart: (request?: RunRequest) => void | Promise<void> = () => undefined;

  end(exitCode = 0): void {
    this.exit.resolve({ exitCode, oomKilled: false, finished: 0 });
  }

  probeResult: ProbeResult = { start: 0, end: 0, exitCode: 0, output: '' };
  pulled: PulledImage = {
    name: 'alpine:latest',
    canonicalName: 'docker.io/library/alpine:latest',
    digest: `sha256:${'d'.repeat(64)}`,
    id: `sha256:${'a'.repeat(64)}`,
    isNew: true,
  };
  pullEvents: PullEvent[] = [];
  pushEvents: PushEvent[] = [];
  summaries: ImageSummary[] = [];
  knownTags: string[] = [];
  /** What a login without name and password finds. */
  keptLogin: KeptLogin | undefined;
  details: ImageDetails[] = [];
  knownMounts: MountedImage[] = [];
  knownChanges: ContainerChange[] = [];
  usage: EngineUsage = { images: [], imageBytes: 0, unusedImageBytes: 0, containers: [], volumes: [] };

  async *archive(): AsyncGenerator<Buffer> {
    yield Buffer.from('archive');
  }

  readonly images: ImageEngine = {
    pull: async ({ onProgress, signal: _, ...request }) => {
      this.calls.push(['pull', request]);
      if (this.failure) throw this.failure;
      for (const event of this.pullEvents) onProgress?.(event);
      return this.pulled;
    },
    push: async ({ onProgress, signal: _, ...request }) => {
      this.calls.push(['push', request]);
      if (this.failure) throw this.failure;
      for (const event of this.pushEvents) onProgress?.(event);
      const { reference } = request;
      const tag = reference.slice(reference.lastIndexOf(':') + 1);
      return { name: reference, canonicalName: `docker.io/${reference}`, tag, digest: this.pulled.digest, size: 528 };
    },
    tags: async () => this.knownTags,
    referrers: async () => [],
    login: async ({ signal: _, ...request }) => {
      this.calls.push(['login', request]);
      if (this.failure) throw this.failure;
      return request.password === undefined ? this.keptLogin : { kind: 'file', name: '/root/.docker/config.json' };
    },
    logout: async (server) => {
      this.calls.push(['logout', server]);
      return this.keptLogin !== undefined;
    },
    list: async () => this.summaries,
    tag: async (...names) => void this.calls.push(['tag', ...names]),
    remove: async (...args) => {
      this.calls.push(['rmi', ...args]);
      return { untagged: [args[0]], deleted: [this.pulled.id] };
    },
    inspect: async (reference) => {
      const found = this.details.find(({ id, names }) => names.includes(reference) || id.includes(reference));
      if (found) return found;
      throw new KeelsonError('not-found', `there is no image '${reference}' here`, { code: 'IMAGE_NOT_FOUND' });
    },
    save: (references) => {
      this.calls.push(['save', references]);
      return this.archive();
    },
    load: async (source) => {
      this.calls.push(['load', 'folder' in source ? source : await text(Readable.from(source))]);
      return [
        { id: this.pulled.id, names: [this.pulled.name] },
        { id: this.pulled.id, names: [] },
      ];
    },
    import: async (archive, options) => {
      this.calls.push(['import', await text(Readable.from(archive)), options]);
      return this.pulled.id;
    },
    mount: async (reference) => {
      this.calls.push(['mount', reference]);
      return this.#mounted(reference);
    },
    unmount: async (reference, options) => {
      this.calls.push(['unmount', reference, options]);
      return this.#mounted(reference);
    },
    mounted: async () => this.knownMounts,
    prune: async ({ all = false } = {}) => {
      this.calls.push(['prune', all]);
      return { untagged: ['old:1'], deleted: [this.pulled.id], bytes: 1_230_000 };
    },
  };

  async run(request: RunRequest): Promise<RunningContainer> {
    this.runs.push(request);
    await this.beforeRecord();
    request.onRecorded?.('f'.repeat(64));
    await this.beforeStart(request);
    if (this.failure) throw this.failure;
    return this.#process('f'.repeat(64));
  }

  async exec(
    reference: string,
    config: ExecConfig,
    { stdio, detach }: { stdio: StdioConfig; detach?: boolean },
  ): Promise<RunningContainer> {
    this.execs.push({ reference, config, stdio, detach });
    await this.beforeStart();
    if (this.failure) throw this.failure;
    return this.#process(reference);
  }

  #mounted(reference: string): MountedImage {
    const found = this.knownMounts.find(({ id, names }) => id === reference || names.includes(reference));
    if (found) return found;
    throw new KeelsonError('not-found', `there is no image '${reference}' here`, { code: 'IMAGE_NOT_FOUND' });
  }

  #volume(name: string): Volume {
    const found = this.knownVolumes.find((volume) => volume.name === name);
    if (found) return found;
    throw new KeelsonError('not-found', `no such volume: ${name}`, { code: 'VOLUME_NOT_FOUND' });
  }

  #process(id: string): RunningContainer {
    return {
      id,
      pid: 1,
      exited: this.exit.promise,
      signal: async (signal) => void this.signals.push(signal),
      resize: async (columns, rows) => void this.sizes.push([columns, rows]),
    };
  }

  async inspect(reference: string): Promise<ContainerState> {
    return this.#find(reference);
  }

  async list(options: { all?: boolean } = {}): Promise<ContainerState[]> {
    this.calls.push(['list', options]);
    return this.states.filter(({ status }) => options.all || status === 'running');
  }

  async *logs(reference: string, query?: LogQuery): AsyncIterable<LogEntry> {
    this.calls.push(['logs', this.#find(reference).name, query]);
    yield* this.entries;
  }

  async checkHealth(reference: string): Promise<ProbeResult> {
    this.calls.push(['checkHealth', this.#find(reference).name]);
    return this.probeResult;
  }

  async kill(reference: string, signal?: string | number): Promise<void> {
    this.calls.push(['kill', this.#find(reference).name, signal]);
  }

  async stop(reference: string, timeout?: number): Promise<ContainerExit> {
    this.calls.push(['stop', this.#find(reference).name, timeout]);
    return { exitCode: 0, oomKilled: false, finished: 0 };
  }

  async wait(reference: string): Promise<ContainerExit> {
    return { exitCode: this.#find(reference).exitCode ?? 0, oomKilled: false, finished: 0 };
  }

  async remove(reference: string, options?: { force?: boolean; volumes?: boolean }): Promise<void> {
    this.calls.push(['remove', this.#find(reference).name, options]);
  }

  async commit(reference: string, request?: CommitRequest): Promise<string> {
    this.calls.push(['commit', this.#find(reference).name, request]);
    await this.beforeStart();
    return this.pulled.id;
  }

  export(reference: string): AsyncIterable<Buffer> {
    this.calls.push(['export', this.#find(reference).name]);
    return this.archive();
  }

  async *changes(reference: string): AsyncIterable<ContainerChange> {
    this.calls.push(['changes', this.#find(reference).name]);
    yield* this.knownChanges;
  }

  async diskUsage(): Promise<EngineUsage> {
    return this.usage;
  }

  #find(reference: string): ContainerState {
    const state = this.states.find(({ id, name }) => name === reference || id.startsWith(reference));
    if (state) return state;
    throw new KeelsonError('not-found', `no such container: ${reference}`, { code: 'CONTAINER_NOT_FOUND' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed += 1;
  }
}

/** A volume that no container has. */
export function sampleVolume(changes: Partial<Volume> = {}): Volume {
  const name = changes.name ?? 'data';
  return {
    name,
    mountpoint: `/var/lib/keelson/volumes/${name}/_data`,
    created: 0,
    labels: {},
    anonymous: false,
    inUse: false,
    ...changes,
  };
}
