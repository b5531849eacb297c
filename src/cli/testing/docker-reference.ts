import { readFileSync } from 'node:fs';
import type { Healthcheck } from '../../spec/index.ts';

/** What Docker sends to its daemon for `docker create`, as far as the tests look at it. */
export interface CreateBody {
  Hostname: string;
  Domainname: string;
  User: string;
  AttachStdin: boolean;
  AttachStdout: boolean;
  AttachStderr: boolean;
  Tty: boolean;
  OpenStdin: boolean;
  Env: string[] | null;
  Cmd: string[] | null;
  Image: string;
  Volumes: Record<string, unknown> | null;
  WorkingDir: string;
  Entrypoint: string[] | null;
  Labels: Record<string, string>;
  StopSignal?: string;
  StopTimeout?: number;
  ExposedPorts?: Record<string, unknown> | null;
  Healthcheck?: Healthcheck;
  MacAddress?: string;
  HostConfig: HostConfigBody;
  NetworkingConfig: { EndpointsConfig: Record<string, Endpoint> };
}

interface Endpoint {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string } | null;
  MacAddress: string;
}

export interface HostConfigBody {
  Binds: string[] | null;
  NetworkMode: string;
  PublishAllPorts: boolean;
  PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  AutoRemove: boolean;
  Annotations?: Record<string, string>;
  CapAdd: string[] | null;
  CapDrop: string[] | null;
  CgroupnsMode: string;
  Dns: string[];
  DnsOptions: string[];
  DnsSearch: string[];
  ExtraHosts: string[] | null;
  GroupAdd: string[] | null;
  IpcMode: string;
  OomScoreAdj: number;
  PidMode: string;
  Privileged: boolean;
  ReadonlyRootfs: boolean;
  SecurityOpt: string[] | null;
  Sysctls?: Record<string, string>;
  Tmpfs?: Record<string, string>;
  UTSMode: string;
  UsernsMode: string;
  ShmSize: number;
  CpuShares: number;
  Memory: number;
  NanoCpus: number;
  CgroupParent: string;
  BlkioWeight: number;
  CpuPeriod: number;
  CpuQuota: number;
  CpusetCpus: string;
  CpusetMems: string;
  Devices: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  DeviceCgroupRules: string[] | null;
  MemoryReservation: number;
  MemorySwap: number;
  MemorySwappiness: number;
  OomKillDisable: boolean;
  PidsLimit: number;
  Ulimits: { Name: string; Soft: number; Hard: number }[];
  Init?: boolean;
  Mounts?: MountBody[];
  MaskedPaths: string[] | null;
}

export interface MountBody {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  BindOptions?: { Propagation?: string; NonRecursive?: boolean; ReadOnlyNonRecursive?: boolean };
  VolumeOptions?: { NoCopy?: boolean };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

/** What the real command answered: made by scripts/record-docker-reference.ts. */
export interface DockerReference {
  docker: string;
  create: { args: string[]; body?: CreateBody; exitCode?: number; message?: string }[];
  container: Record<string, unknown>;
  inspect: { format: string; output?: string; exitCode?: number }[];
  list: Record<string, unknown>[];
  ps: { args: string[]; output: string }[];
}

export const dockerReference: DockerReference = JSON.parse(
  readFileSync(new URL('docker-reference.json', import.meta.url), 'utf8'),
);
