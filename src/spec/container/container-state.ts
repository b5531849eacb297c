import type { ContainerConfig } from './container-config.ts';
import type { ContainerHealth } from './container-health.ts';
import type { PortConfig } from './network-config.ts';

/** Docker's names. */
export type ContainerStatus = 'created' | 'running' | 'paused' | 'exited' | 'dead' | 'removing';

/** What is known of a container; `keelson inspect` prints Docker's shape of it. */
export interface ContainerState {
  /** 64 hexadecimal digits. */
  id: string;
  name: string;
  status: ContainerStatus;
  /** Of init, in the host's pid namespace; 0 when it does not run. */
  pid: number;
  config: ContainerConfig;
  /** What init was started with. */
  argv: string[];
  /** Milliseconds since 1970. */
  created: number;
  started?: number | undefined;
  finished?: number | undefined;
  exitCode?: number | undefined;
  oomKilled: boolean;
  /** Of one that has a check. As Docker has it, one that does not run is not healthy. */
  health?: ContainerHealth | undefined;
  /** Why it could not be started. */
  error?: string | undefined;
  /** Digest of the image's configuration. */
  imageId?: string | undefined;
  ports: PortConfig[];
  network?: { ip4?: string; ip6?: string; gateway4?: string; macAddress?: string } | undefined;
  /** Folder of its files on the host. */
  folder: string;
  logPath: string;
  /** Host folders of the root: what it wrote, and what that lies over. */
  layers: { lower: readonly string[]; upper?: string | undefined; work?: string | undefined };
}

/** How a container ended. */
export interface ContainerExit {
  /** As a shell gives it: the status, or 128 + signal. */
  exitCode: number;
  oomKilled: boolean;
  /** Milliseconds since 1970. */
  finished: number;
}

/** One piece of output. */
export interface LogEntry {
  stream: 'stdout' | 'stderr';
  /** Milliseconds since 1970, with fractions. */
  time: number;
  data: Buffer;
}

export interface LogQuery {
  follow?: boolean;
  /** The last so many lines. */
  tail?: number | undefined;
  /** Milliseconds since 1970. */
  since?: number | undefined;
  until?: number | undefined;
  stdout?: boolean;
  stderr?: boolean;
}

/** A process to start in a container that runs. */
export interface ExecConfig {
  command: string[];
  env: string[];
  workdir?: string | undefined;
  user?: string | undefined;
  tty: boolean;
  interactive: boolean;
  privileged: boolean;
}
