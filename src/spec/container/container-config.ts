import type { Healthcheck } from '../image/image-config.ts';
import type { NetworkConfig } from './network-config.ts';
import type { ResourceConfig } from './resource-config.ts';

/** What a container is made of, in Docker's terms: what `keelson run` parses its flags into, and what the library takes. */
export interface ContainerConfig {
  /** A unique name; made up when left out. */
  name?: string | undefined;
  /** An image reference, or `rootfs`: exactly one of them. */
  image?: string | undefined;
  /** Any folder of the host; it is never written to unless `rootfsWritable`. */
  rootfs?: string | undefined;
  /** Write to `rootfs` itself instead of to an overlay over it. */
  rootfsWritable?: boolean;
  /** Replaces the image's Cmd when not empty. */
  command: string[];
  /** Replaces the image's Entrypoint; `[]` clears it. */
  entrypoint?: string[] | undefined;
  /** `NAME=value`; added to the image's. */
  env: string[];
  workdir?: string | undefined;
  /** `user`, `uid`, `user:group`, `uid:gid`. */
  user?: string | undefined;
  /** Supplementary groups by name or number. */
  groupAdd: string[];
  hostname?: string | undefined;
  domainname?: string | undefined;
  /** `-t`: a terminal of its own. */
  tty: boolean;
  /** `-i`: keep the standard input open. */
  interactive: boolean;
  /** `--init`: pid 1 forwards signals and reaps. */
  init: boolean;
  /** `--rm` */
  autoRemove: boolean;
  readOnly: boolean;
  mounts: MountConfig[];
  privileges: PrivilegeConfig;
  devices: DeviceConfig[];
  resources: ResourceConfig;
  ulimits: { name: string; soft: number; hard: number }[];
  sysctls: Record<string, string>;
  namespaces: NamespaceConfig;
  network: NetworkConfig;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Bytes of /dev/shm; 64 MiB when left out. */
  shmSize?: number | undefined;
  oomScoreAdj?: number | undefined;
  /** Name or number; default SIGTERM. */
  stopSignal?: string | undefined;
  /** Seconds between the stop signal and SIGKILL; default 10. */
  stopTimeout?: number | undefined;
  /** Streams that the starter was connected to; when left out, output and errors, and input if `interactive`. */
  attached?: ('stdin' | 'stdout' | 'stderr')[];
  /** How to find out whether it does its work; what is left out is the image's. `{ Test: ['NONE'] }`: no check at all. */
  healthcheck?: Healthcheck | undefined;
}

/** `-v`, `--mount`, `--tmpfs`. */
export interface MountConfig {
  type: 'bind' | 'volume' | 'tmpfs';
  /** A volume without a name of the user's own: the engine gave it one. */
  anonymous?: boolean;
  /** Of a volume that this makes. */
  labels?: Readonly<Record<string, string>>;
  /** A host path, or a volume's name (a new anonymous volume when left out). */
  source?: string | undefined;
  /** Absolute path in the container. */
  target: string;
  readOnly: boolean;
  /** Make what is mounted below `source` read-only too (Linux 5.12); Docker's default for `readOnly`. */
  recursiveReadOnly?: boolean;
  propagation?: 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared' | undefined;
  /** Bind the folder alone, without what is mounted below. */
  nonRecursive?: boolean;
  /** `-v` makes a missing host folder, `--mount` refuses. */
  createSource?: boolean;
  /** tmpfs: bytes and permission bits; other options as mount(8) spells them. */
  tmpfsSize?: number | undefined;
  tmpfsMode?: number | undefined;
  options?: string[];
}

export interface PrivilegeConfig {
  privileged: boolean;
  capAdd: string[];
  capDrop: string[];
  noNewPrivileges: boolean;
  /** `default`, `unconfined`, or the text of a profile. */
  seccomp: 'default' | 'unconfined' | { profile: string };
  /** `--security-opt systempaths=unconfined`: nothing of /proc and /sys is masked. */
  unconfinedSystemPaths: boolean;
  /** `apparmor=` and `label=` as given; the runtime refuses them where the host has none. */
  apparmor?: string | undefined;
  labels?: string[];
}

/** `--device /dev/fuse:/dev/fuse:rwm` */
export interface DeviceConfig {
  source: string;
  target: string;
  /** Some of `rwm`. */
  permissions: string;
}

/** `host`, `private`, or `container:ID`, and what else the kind allows; undefined: the default. */
export interface NamespaceConfig {
  pid?: 'private' | 'host' | `container:${string}` | undefined;
  /** `shareable`: other containers may join it. `none`: private, and without /dev/shm. */
  ipc?: 'private' | 'shareable' | 'host' | 'none' | `container:${string}` | undefined;
  uts?: 'private' | 'host' | undefined;
  cgroup?: 'private' | 'host' | undefined;
  user?: UserNamespaceConfig | undefined;
}

export type UserNamespaceConfig =
  | { mode: 'host' }
  | { mode: 'auto'; size?: number | undefined }
  | { mode: 'keep-id'; uid?: number | undefined; gid?: number | undefined }
  | { mode: 'maps'; uidMaps: IdMap[]; gidMaps: IdMap[] };

/** A line of uid_map or gid_map (user_namespaces(7)). */
export interface IdMap {
  containerID: number;
  hostID: number;
  size: number;
}
