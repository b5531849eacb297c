import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { invalid } from '../../base/index.ts';
import type { ContainerConfig, MountConfig, PortConfig } from '../../spec/index.ts';
import { parseFlags } from '../flags/parse-flags.ts';
import { type CreateBody, dockerReference, type HostConfigBody, type MountBody } from '../testing/docker-reference.ts';
import { containerConfig } from './container-config.ts';
import { RUN_FLAGS } from './run-flags.ts';

/** Docker's command lets these pass, and its daemon refuses them; here it is one program. */
const REFUSED_BY_THE_DAEMON = new Set([
  '--health-interval 999us busybox',
  '-v /a:/b:bogus busybox',
  '-v a/b:/c busybox',
  '--mount type=nfs,dst=/y busybox',
  '--blkio-weight 5 busybox',
  '--ip bogus --network bridge busybox',
  '--name=-bad busybox',
]);

describe(`docker create ${dockerReference.docker}`, () => {
  for (const { args, body, exitCode } of dockerReference.create) {
    const line = args.join(' ');
    if (body === undefined || REFUSED_BY_THE_DAEMON.has(line)) {
      test(`refuses: ${line}`, () => {
        assert.ok(exitCode === 125 || body !== undefined);
        assert.throws(() => ours(args), { name: 'KeelsonError' });
      });
    } else {
      test(`means the same: ${line}`, () => {
        const { name: _, ...config } = ours(args);
        assert.deepEqual(plain(config), plain(fromBody(body)));
      });
    }
  }
});

function ours(args: string[]): ContainerConfig {
  const { values, words } = parseFlags(RUN_FLAGS, args, { stopAtFirstWord: true });
  return containerConfig(values, words, {
    folder: '/work',
    env: { OURS: 'from outside' },
    readFile: (path) => {
      throw invalid('FILE_UNREADABLE', `cannot read ${path}`);
    },
  });
}

/** Without what is undefined, and in order: Docker keeps some of it in maps, and mounts in four lists. */
function plain(config: Omit<ContainerConfig, 'name'>): unknown {
  const mounts = config.mounts.toSorted((a, b) => a.target.localeCompare(b.target));
  const ports = config.network.ports.toSorted((a, b) => a.containerPort - b.containerPort);
  const env = config.env.toSorted();
  const exposed = config.network.exposed?.toSorted();
  const ulimits = config.ulimits.toSorted((a, b) => a.name.localeCompare(b.name));
  return JSON.parse(
    JSON.stringify({ ...config, env, ulimits, mounts, network: { ...config.network, ports, exposed } }),
  );
}

/** What a body says, read on its own, without anything from the parsers of flags. */
function fromBody(body: CreateBody): Omit<ContainerConfig, 'name'> {
  const host = body.HostConfig;
  const entrypoint = body.Entrypoint?.length === 1 && body.Entrypoint[0] === '' ? [] : body.Entrypoint;
  const env = (body.Env ?? []).filter((entry) => entry.includes('='));
  return {
    image: body.Image,
    command: body.Cmd ?? [],
    entrypoint: entrypoint ?? undefined,
    env,
    workdir: body.WorkingDir || undefined,
    user: body.User || undefined,
    groupAdd: host.GroupAdd ?? [],
    hostname: body.Hostname || undefined,
    domainname: body.Domainname || undefined,
    tty: body.Tty,
    interactive: body.OpenStdin,
    init: host.Init ?? false,
    autoRemove: host.AutoRemove,
    readOnly: host.ReadonlyRootfs,
    mounts: mountsOf(body),
    privileges: privilegesOf(host),
    devices: host.Devices.map((device) => ({
      source: device.PathOnHost,
      target: device.PathInContainer,
      permissions: device.CgroupPermissions,
    })),
    resources: resourcesOf(host),
    ulimits: host.Ulimits.map(({ Name: name, Soft: soft, Hard: hard }) => ({ name, soft, hard })),
    sysctls: host.Sysctls ?? {},
    namespaces: namespacesOf(host),
    network: networkOf(body),
    labels: body.Labels,
    annotations: host.Annotations ?? {},
    shmSize: host.ShmSize || undefined,
    oomScoreAdj: host.OomScoreAdj || undefined,
    stopSignal: body.StopSignal,
    stopTimeout: body.StopTimeout,
    healthcheck: body.Healthcheck,
    ...attachedOf(body),
  };
}

/** Told only where it is not what everybody gets. */
function attachedOf({ AttachStdin, AttachStdout, AttachStderr, OpenStdin }: CreateBody) {
  if (AttachStdin === OpenStdin && AttachStdout && AttachStderr) return {};
  const streams = [AttachStdin && 'stdin', AttachStdout && 'stdout', AttachStderr && 'stderr'] as const;
  return { attached: streams.filter((stream) => stream !== false) };
}

function mountsOf({ Volumes, HostConfig: { Binds, Tmpfs = {}, Mounts = [] } }: CreateBody): MountConfig[] {
  return [
    ...Object.keys(Volumes ?? {}).map((target): MountConfig => ({ type: 'volume', target, readOnly: false })),
    ...(Binds ?? []).map(bindOf),
    ...Object.entries(Tmpfs).map(([target, text]) => tmpfsOf(target, text)),
    ...Mounts.map(mountOf),
  ];
}

function bindOf(text: string): MountConfig {
  const [source = '', target = '', mode = ''] = text.split(':');
  const words = mode.split(',').filter(Boolean);
  const propagation = (['rslave', 'rshared'] as const).find((word) => words.includes(word));
  const readOnly = words.includes('ro');
  const options = words.filter((word) => word !== 'ro' && word !== propagation);
  return {
    ...(source.startsWith('/') ? { type: 'bind', createSource: true } : { type: 'volume' }),
    source,
    target,
    readOnly,
    ...(readOnly && { recursiveReadOnly: true }),
    ...(propagation && { propagation }),
    ...(options.length > 0 && { options }),
  };
}

function tmpfsOf(target: string, text: string): MountConfig {
  const words = text.split(',').filter(Boolean);
  const value = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const options = words.filter((word) => !/^(size|mode)=/.test(word));
  const size = value('size');
  const mode = value('mode');
  return {
    type: 'tmpfs',
    target,
    readOnly: false,
    ...(size !== undefined && { tmpfsSize: Number(size.replace('m', '')) * 2 ** 20 }),
    ...(mode !== undefined && { tmpfsMode: Number.parseInt(mode, 8) }),
    ...(options.length > 0 && { options }),
  };
}

function mountOf({ Type, Source, Target, ReadOnly = false, ...rest }: MountBody): MountConfig {
  const { BindOptions: bind = {}, VolumeOptions: volume = {}, TmpfsOptions: tmpfs = {} } = rest;
  const type = Type === 'bind' || Type === 'tmpfs' ? Type : 'volume';
  return {
    type,
    source: Source,
    target: Target,
    readOnly: ReadOnly,
    ...(type === 'bind' && { createSource: false }),
    ...(type === 'bind' && ReadOnly && { recursiveReadOnly: bind.ReadOnlyNonRecursive !== true }),
    ...(bind.Propagation === 'rshared' && { propagation: 'rshared' }),
    ...(bind.NonRecursive && { nonRecursive: true }),
    ...(volume.NoCopy && { options: ['nocopy'] }),
    tmpfsSize: tmpfs.SizeBytes,
    tmpfsMode: tmpfs.Mode,
  };
}

function privilegesOf(host: HostConfigBody): ContainerConfig['privileges'] {
  const options = host.SecurityOpt ?? [];
  const value = (name: string) => options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const label = value('label');
  // Docker leaves the prefix to the daemon.
  const capabilities = (names: string[] | null) =>
    (names ?? []).map((name) => (name === 'ALL' ? name : name.replace(/^(CAP_)?/, 'CAP_')));
  return {
    privileged: host.Privileged,
    capAdd: capabilities(host.CapAdd),
    capDrop: capabilities(host.CapDrop),
    noNewPrivileges: options.includes('no-new-privileges'),
    seccomp: value('seccomp') === 'unconfined' ? 'unconfined' : 'default',
    unconfinedSystemPaths: host.MaskedPaths?.length === 0,
    apparmor: value('apparmor'),
    ...(label !== undefined && { labels: [label] }),
  };
}

function resourcesOf(host: HostConfigBody): ContainerConfig['resources'] {
  return {
    memory: host.Memory || undefined,
    memorySwap: host.MemorySwap || undefined,
    memoryReservation: host.MemoryReservation || undefined,
    memorySwappiness: host.MemorySwappiness === -1 ? undefined : host.MemorySwappiness,
    oomKillDisable: host.OomKillDisable || undefined,
    cpus: host.NanoCpus === 0 ? undefined : host.NanoCpus / 1e9,
    cpuShares: host.CpuShares || undefined,
    cpuPeriod: host.CpuPeriod || undefined,
    cpuQuota: host.CpuQuota || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    cpusetMems: host.CpusetMems || undefined,
    pidsLimit: host.PidsLimit || undefined,
    blkioWeight: host.BlkioWeight || undefined,
    deviceCgroupRules: host.DeviceCgroupRules ?? [],
    cgroupParent: host.CgroupParent || undefined,
  };
}

/** Reads a mode as it must be for the types, which say no more than the words that the vectors use. */
function namespacesOf(host: HostConfigBody): ContainerConfig['namespaces'] {
  const mode = (text: string) => (text === '' ? undefined : text);
  return JSON.parse(
    JSON.stringify({
      pid: mode(host.PidMode),
      ipc: mode(host.IpcMode),
      uts: mode(host.UTSMode),
      cgroup: mode(host.CgroupnsMode),
      user: host.UsernsMode === '' ? undefined : { mode: host.UsernsMode },
    }),
  );
}

function networkOf({
  HostConfig: host,
  MacAddress,
  NetworkingConfig,
  ExposedPorts,
}: CreateBody): ContainerConfig['network'] {
  const [endpoint] = Object.values(NetworkingConfig.EndpointsConfig);
  const mode = host.NetworkMode;
  const exposed = Object.keys(ExposedPorts ?? {}).filter((port) => !(port in host.PortBindings));
  return {
    mode:
      mode === 'none' || mode === 'host'
        ? mode
        : mode.startsWith('container:')
          ? `container:${mode.slice(10)}`
          : 'bridge',
    ip: endpoint?.IPAMConfig?.IPv4Address,
    ip6: endpoint?.IPAMConfig?.IPv6Address,
    ...(exposed.length > 0 && { exposed }),
    ...(host.PublishAllPorts && { publishExposed: true }),
    macAddress: MacAddress || endpoint?.MacAddress || undefined,
    dns: host.Dns,
    dnsSearch: host.DnsSearch,
    dnsOptions: host.DnsOptions,
    extraHosts: host.ExtraHosts ?? [],
    ports: Object.entries(host.PortBindings).flatMap(([port, bindings]) => {
      const [number, protocol] = port.split('/');
      return bindings.map(
        ({ HostIp, HostPort }): PortConfig => ({
          hostIp: HostIp,
          hostPort: Number(HostPort || 0),
          containerPort: Number(number),
          protocol: protocol === 'udp' ? 'udp' : 'tcp',
        }),
      );
    }),
  };
}
