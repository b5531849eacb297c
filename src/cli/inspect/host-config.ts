import type {
  ContainerConfig,
  MountConfig,
  PortConfig,
  ResourceConfig,
  UserNamespaceConfig,
} from '../../spec/index.ts';
import { DEFAULT_SHM_SIZE } from '../../spec/index.ts';
import type { GoStruct, GoValue } from '../template/go-value.ts';

/** Docker's `HostConfig`: limits, privileges, mounts and ports as they were asked for. */
export function hostConfig(config: ContainerConfig): GoStruct {
  const { namespaces, network, privileges } = config;
  return {
    Binds: orNull(config.mounts.filter(({ type }) => type !== 'tmpfs').map(bindText)),
    ContainerIDFile: '',
    LogConfig: { Type: 'local', Config: new Map() },
    NetworkMode: network.mode,
    PortBindings: portBindings(network.ports),
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    AutoRemove: config.autoRemove,
    VolumeDriver: '',
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    ...(Object.keys(config.annotations).length > 0 && { Annotations: new Map(Object.entries(config.annotations)) }),
    CapAdd: orNull(privileges.capAdd),
    CapDrop: orNull(privileges.capDrop),
    CgroupnsMode: namespaces.cgroup ?? 'private',
    Dns: network.dns,
    DnsOptions: network.dnsOptions,
    DnsSearch: network.dnsSearch,
    ExtraHosts: orNull(network.extraHosts),
    GroupAdd: orNull(config.groupAdd),
    IpcMode: namespaces.ipc ?? 'private',
    Cgroup: '',
    Links: null,
    OomScoreAdj: config.oomScoreAdj ?? 0,
    PidMode: namespaces.pid === 'private' ? '' : (namespaces.pid ?? ''),
    Privileged: privileges.privileged,
    PublishAllPorts: network.publishExposed ?? false,
    ReadonlyRootfs: config.readOnly,
    SecurityOpt: securityOptions(config),
    ...(Object.keys(config.sysctls).length > 0 && { Sysctls: new Map(Object.entries(config.sysctls)) }),
    ...tmpfs(config.mounts),
    UTSMode: namespaces.uts === 'host' ? 'host' : '',
    UsernsMode: usernsText(namespaces.user),
    ShmSize: config.shmSize ?? DEFAULT_SHM_SIZE,
    Runtime: 'keelson',
    Isolation: '',
    ...limits(config.resources),
    Devices: config.devices.map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: permissions,
    })),
    DeviceCgroupRules: orNull(config.resources.deviceCgroupRules ?? []),
    Ulimits: config.ulimits.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft })),
    Init: config.init,
  };
}

function limits(resources: ResourceConfig): GoStruct {
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memory ?? 0,
    NanoCpus: Math.round((resources.cpus ?? 0) * 1e9),
    CgroupParent: resources.cgroupParent ?? '',
    BlkioWeight: resources.blkioWeight ?? 0,
    CpuPeriod: resources.cpuPeriod ?? 0,
    CpuQuota: resources.cpuQuota ?? 0,
    CpusetCpus: resources.cpusetCpus ?? '',
    CpusetMems: resources.cpusetMems ?? '',
    MemoryReservation: resources.memoryReservation ?? 0,
    MemorySwap: resources.memorySwap ?? 0,
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.oomKillDisable ?? null,
    PidsLimit: resources.pidsLimit ?? null,
  };
}

function orNull<Value>(list: readonly Value[]): readonly Value[] | null {
  return list.length > 0 ? list : null;
}

/** As `-v` takes it. */
function bindText({ source = '', target, readOnly, propagation, options = [] }: MountConfig): string {
  const words = [...(readOnly ? ['ro'] : []), ...(propagation === undefined ? [] : [propagation]), ...options];
  return [source, target, words.join(',')].filter((part) => part !== '').join(':');
}

function tmpfs(mounts: readonly MountConfig[]): GoStruct {
  const own = mounts.filter(({ type }) => type === 'tmpfs');
  if (own.length === 0) return {};
  const entries = own.map(({ target, readOnly, tmpfsSize, tmpfsMode, options = [] }): [string, GoValue] => [
    target,
    [
      ...(readOnly ? ['ro'] : []),
      ...(tmpfsSize === undefined ? [] : [`size=${tmpfsSize}`]),
      ...(tmpfsMode === undefined ? [] : [`mode=${tmpfsMode.toString(8)}`]),
      ...options,
    ].join(','),
  ]);
  return { Tmpfs: new Map(entries) };
}

/** `80/tcp` → where it can be reached on the host. */
export function portBindings(ports: readonly PortConfig[]): Map<string, GoValue> {
  const byPort = Map.groupBy(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  return new Map(
    Array.from(byPort, ([port, own]): [string, GoValue] => [
      port,
      own.map(({ hostIp, hostPort }) => ({ HostIp: hostIp, HostPort: hostPort === 0 ? '' : String(hostPort) })),
    ]),
  );
}

function securityOptions({ privileges }: ContainerConfig): string[] | null {
  const options = [
    ...(privileges.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(privileges.seccomp === 'default' ? [] : [`seccomp=${seccompText(privileges.seccomp)}`]),
    ...(privileges.unconfinedSystemPaths ? ['systempaths=unconfined'] : []),
    ...(privileges.apparmor === undefined ? [] : [`apparmor=${privileges.apparmor}`]),
    ...(privileges.labels ?? []).map((label) => `label=${label}`),
  ];
  return options.length > 0 ? options : null;
}

function seccompText(seccomp: 'unconfined' | { profile: string }): string {
  return typeof seccomp === 'string' ? seccomp : seccomp.profile;
}

/** As `--userns` takes it. */
function usernsText(user: UserNamespaceConfig | undefined): string {
  if (user === undefined) return '';
  if (user.mode === 'auto') return user.size === undefined ? 'auto' : `auto:size=${user.size}`;
  if (user.mode !== 'keep-id') return user.mode === 'host' ? 'host' : 'private';
  const ids = [user.uid === undefined ? '' : `uid=${user.uid}`, user.gid === undefined ? '' : `gid=${user.gid}`];
  return ['keep-id', ids.filter(Boolean).join(',')].filter(Boolean).join(':');
}
