import type { Readable, Writable } from 'node:stream';
import type { ContainerConfig } from './container-config.ts';
import type { ProbeResult } from './container-health.ts';
import type { ContainerExit, ContainerState, ExecConfig, LogEntry, LogQuery } from './container-state.ts';
import type { EngineUsage } from './disk-usage.ts';
import type { CommitRequest, ContainerChange, ImageEngine, PullEvent, PullPolicy } from './images.ts';
import type { Volumes } from './volume.ts';

/**
 * Where a process's standard descriptors lead. `inherit`: to those of this program; `pipe`: to streams of this program;
 * `ignore`: to nowhere (the log has the output all the same).
 */
export interface StdioConfig {
  stdin: 'inherit' | 'pipe' | 'ignore';
  stdout: 'inherit' | 'pipe' | 'ignore';
  stderr: 'inherit' | 'pipe' | 'ignore';
  /** Size of the terminal, when the container has one. */
  columns?: number | undefined;
  rows?: number | undefined;
}

/** A process that runs in a container: its init, or one started by exec. */
export interface RunningProcess {
  /** In the host's pid namespace. */
  readonly pid: number;
  /** Present where `pipe` was asked for. With a terminal everything comes through stdout. */
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  /** Resolves after all output was delivered. Never rejects for a process that ran. */
  readonly exited: Promise<ContainerExit>;
  /** Name (`SIGTERM`, `TERM`) or number. */
  signal(signal: string | number): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
}

export interface RunningContainer extends RunningProcess {
  readonly id: string;
}

export interface RunRequest {
  config: ContainerConfig;
  stdio: StdioConfig;
  /** Leave the container to its monitor: it runs on when this program ends. */
  detach: boolean;
  /** When the image is pulled (`missing`), and who is told of it. */
  pull?: PullPolicy | undefined;
  platform?: string | undefined;
  onPull?: ((event: PullEvent) => void) | undefined;
  /**
   * Told of limits that this host cannot set, which are then left out as Docker does; without it they are refused, and so
   * are in any case those of `cpus` and of devices.
   */
  onWarning?: ((warning: string) => void) | undefined;
  /** Called once the image is there and the container has its place in the record: it is being made from here on. */
  onRecorded?: ((id: string) => void) | undefined;
  /** Print or collect what is done: see `StepRecord`. */
  onStep?: ((step: StepRecord) => void) | undefined;
  /** Do nothing, but tell all steps. */
  dryRun?: boolean;
}

/** One system call of a start, with why it is made: what `--explain` shows. */
export interface StepRecord {
  /** `runtime` (outside the namespaces) or `init` (inside). */
  process: string;
  /** For the learner: `Root file system`. */
  heading: string;
  /** `mount a fresh /proc` */
  title: string;
  /** The flag or spec field that caused it. */
  because?: string | undefined;
  /** As strace prints it: `openat2(…)`. */
  call: string;
  /** Calls of one process with one number were sent to it in one message; undefined in a dry run. */
  batch?: number | undefined;
  /** Return value; a negative errno when it failed and was allowed to; undefined in a dry run. */
  value?: number | undefined;
  /** Nanoseconds since the first step; undefined in a dry run. */
  start?: number | undefined;
  /** Nanoseconds. */
  duration?: number | undefined;
}

/** What can be done with containers and images. One per data root; embedded in a program, or behind a daemon's socket. */
export interface Engine extends AsyncDisposable {
  readonly images: ImageEngine;
  run(request: RunRequest): Promise<RunningContainer>;
  /** Every container whose id starts with, or whose name is, `reference`. Errors: not-found, conflict when ambiguous. */
  inspect(reference: string): Promise<ContainerState>;
  /** Newest first; those that run, or all. */
  list(options?: { all?: boolean }): Promise<ContainerState[]>;
  logs(reference: string, query?: LogQuery): AsyncIterable<LogEntry>;
  exec(reference: string, config: ExecConfig, io: { stdio: StdioConfig; detach?: boolean }): Promise<RunningProcess>;
  kill(reference: string, signal?: string | number): Promise<void>;
  /** Stop signal, then SIGKILL after `timeout` seconds (the container's own when left out). */
  stop(reference: string, timeout?: number): Promise<ContainerExit>;
  wait(reference: string): Promise<ContainerExit>;
  /** `volumes`: its anonymous volumes too, unless others have them. */
  remove(reference: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  /**
   * Runs the health check of a container once, now, and keeps what it found. The checks of its own go on beside.
   * @throws KeelsonError invalid `HEALTHCHECK_MISSING`, conflict `CONTAINER_NOT_RUNNING`
   */
  checkHealth(reference: string): Promise<ProbeResult>;
  /** Makes an image of what a container is now, whether it runs or not; its id is the answer. */
  commit(reference: string, request?: CommitRequest): Promise<string>;
  /** An archive of all that a container sees but volumes and other mounts. */
  export(reference: string): AsyncIterable<Buffer>;
  /** What a container changed of its image, in the order of paths. */
  changes(reference: string): AsyncIterable<ContainerChange>;
  /** What images, containers and volumes take on the disk. It reads every folder of them. */
  diskUsage(): Promise<EngineUsage>;
  readonly volumes: Volumes;
}
