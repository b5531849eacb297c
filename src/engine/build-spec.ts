import { invalid, shortId } from '../base/index.ts';
import type { IdentityPlan } from '../runtime/index.ts';
import {
  containerCapabilities,
  defaultSeccompProfile,
  parseSeccompProfile,
  resolveCapabilities,
} from '../runtime/index.ts';
import type {
  CapabilityName,
  ContainerConfig,
  ExecutionConfig,
  Linux,
  LinuxSeccomp,
  Namespace,
  Rlimit,
  RuntimeSpec,
} from '../spec/index.ts';
import {
  DEFAULT_MASKED_PATHS,
  DEFAULT_PATH,
  DEFAULT_READONLY_PATHS,
  OCI_VERSION,
  RLIMIT_TYPES,
} from '../spec/index.ts';
import type { FoundDevice } from './find-devices.ts';
import { resourceCauses } from './resource-flags.ts';
import { type LabelModules, securityLabels } from './security-labels.ts';
import { buildMounts } from './spec-mounts.ts';
import { buildResources } from './spec-resources.ts';
import { idMappings } from './user-namespace.ts';

export interface SpecContext {
  id: string;
  image: ExecutionConfig | undefined;
  /** Release of the running kernel. */
  kernel: string;
  /** What the host has to give. */
  available: readonly CapabilityName[];
  /** What `findDevices` found. */
  devices: readonly FoundDevice[];
  /** Name of this host. */
  host: string;
  /** Paths of this host to hide besides Docker's fixed ones. */
  masked: readonly string[];
  labelModules: LabelModules;
  /** Where the content of a volume lies. */
  volumeData: (name: string) => string;
  /** Namespaces of other containers to join. */
  joined?: Partial<Record<'pid' | 'ipc' | 'network', string>>;
  /** The host name that a shared network has. */
  hostname?: string | undefined;
}

export interface BuiltSpec {
  spec: RuntimeSpec;
  identity: IdentityPlan;
  /** Docker does. */
  setHome: boolean;
  /** Which flag caused which field. */
  because: Record<string, string>;
}

/** The OCI specification of a container, with Docker's defaults. Pure. */
export function buildSpec(config: ContainerConfig, context: SpecContext): BuiltSpec {
  const { image } = context;
  const hostname = config.hostname ?? context.hostname ?? ownName(config, context);
  const args = commandLine(config, image);
  const { capAdd: add, capDrop: drop, privileged } = config.privileges;
  const asked = resolveCapabilities({ add, drop, privileged });
  // "All" means all there are; one that is asked for by name and cannot be had is an error.
  const all = privileged || add.some((name) => name.toUpperCase() === 'ALL');
  const capabilities = all ? asked.filter((name) => context.available.includes(name)) : asked;
  const spec: RuntimeSpec = {
    ociVersion: OCI_VERSION,
    ...(config.namespaces.uts === 'host' ? {} : { hostname }),
    ...(config.domainname === undefined ? {} : { domainname: config.domainname }),
    root: { path: config.rootfs ?? '/', readonly: config.readOnly },
    mounts: buildMounts(config, context.volumeData),
    annotations: config.annotations,
    process: {
      args,
      env: environment(config, { image, hostname }),
      cwd: config.workdir ?? (image?.WorkingDir || '/'),
      // Another user loses them at execve(2), as the kernel has it.
      capabilities: containerCapabilities(capabilities, 0),
      noNewPrivileges: config.privileges.noNewPrivileges,
      ...securityLabels(config, context.labelModules),
      rlimits: config.ulimits.map(buildLimit),
      ...(config.oomScoreAdj === undefined ? {} : { oomScoreAdj: config.oomScoreAdj }),
    },
    linux: buildLinux(config, { ...context, capabilities }),
  };
  const identity = { user: config.user ?? image?.User ?? '', groups: config.groupAdd };
  return { spec, identity, setHome: true, because: causes(config) };
}

/** On the host's network a container bears the host's name, else that of its id (Docker's rule). */
function ownName({ network }: ContainerConfig, { host, id }: SpecContext): string {
  return network.mode === 'host' ? host : shortId(id);
}

function commandLine(config: ContainerConfig, image: ExecutionConfig | undefined): string[] {
  const entrypoint = config.entrypoint ?? image?.Entrypoint ?? [];
  // An entrypoint of one's own makes the image's Cmd meaningless (docker run).
  const command = config.command.length > 0 || config.entrypoint ? config.command : (image?.Cmd ?? []);
  const args = [...entrypoint, ...command];
  if (args.length > 0) return args;
  throw invalid(
    'COMMAND_MISSING',
    'no command to run: none is given and the image has none',
    'name one after the image',
  );
}

function environment(
  config: ContainerConfig,
  { image, hostname }: { image: ExecutionConfig | undefined; hostname: string },
): string[] {
  const defaults = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`, ...(config.tty ? ['TERM=xterm'] : [])];
  const merged = new Map<string, string>();
  for (const entry of [...defaults, ...(image?.Env ?? []), ...config.env])
    merged.set(entry.split('=', 1)[0] ?? '', entry);
  return [...merged.values()];
}

function buildLinux(config: ContainerConfig, context: SpecContext & { capabilities: readonly string[] }): Linux {
  const { privileges } = config;
  const bare = privileges.privileged || privileges.unconfinedSystemPaths;
  const seccomp = chooseSeccomp(config, context);
  return {
    namespaces: buildNamespaces(config, context.joined ?? {}),
    ...idMappings(config.namespaces.user),
    cgroupsPath: `${config.resources.cgroupParent ?? '/keelson'}/${context.id}`,
    resources: buildResources(config, context.devices),
    devices: context.devices.map(({ device }) => device),
    sysctl: config.sysctls,
    maskedPaths: bare ? [] : [...DEFAULT_MASKED_PATHS, ...context.masked],
    readonlyPaths: bare ? [] : DEFAULT_READONLY_PATHS,
    ...(seccomp ? { seccomp } : {}),
  };
}

function buildNamespaces(
  { namespaces, network }: ContainerConfig,
  joined: NonNullable<SpecContext['joined']>,
): Namespace[] {
  const of = (type: 'pid' | 'ipc' | 'network'): Namespace => (joined[type] ? { type, path: joined[type] } : { type });
  const wanted: (Namespace | undefined)[] = [
    { type: 'mount' },
    namespaces.pid === 'host' ? undefined : of('pid'),
    namespaces.ipc === 'host' ? undefined : of('ipc'),
    namespaces.uts === 'host' ? undefined : { type: 'uts' },
    namespaces.cgroup === 'host' ? undefined : { type: 'cgroup' },
    network.mode === 'host' ? undefined : of('network'),
    namespaces.user?.mode === 'maps' ? { type: 'user' } : undefined,
  ];
  return wanted.filter((n) => n !== undefined);
}

function chooseSeccomp(
  { privileges }: ContainerConfig,
  { capabilities, kernel }: { capabilities: readonly string[]; kernel: string },
): LinuxSeccomp | undefined {
  if (privileges.seccomp === 'unconfined') return undefined;
  const circumstances = {
    capabilities,
    arch: process.arch === 'arm64' ? ('arm64' as const) : ('x64' as const),
    kernel,
  };
  if (privileges.seccomp !== 'default') return parseSeccompProfile(privileges.seccomp.profile, circumstances);
  return privileges.privileged ? undefined : defaultSeccompProfile(circumstances);
}

function buildLimit({ name, soft, hard }: ContainerConfig['ulimits'][number]): Rlimit {
  const type = RLIMIT_TYPES.find((t) => t === `RLIMIT_${name.toUpperCase()}`);
  if (!type) throw invalid('ULIMIT_UNKNOWN', `unknown limit '${name}'`, 'getrlimit(2) lists them, nofile for one');
  const value = (n: number) => (n < 0 ? 2 ** 64 : n);
  return { type, soft: value(soft), hard: value(hard) };
}

/** The flag behind each field, for `--explain`. */
function causes(config: ContainerConfig): Record<string, string> {
  const rows: [string, string, boolean][] = [
    ['hostname', '--hostname', config.hostname !== undefined],
    ['domainname', '--domainname', config.domainname !== undefined],
    ['root.path', '--rootfs', config.rootfs !== undefined],
    ['root.readonly', '--read-only', config.readOnly],
    ['process.user', '--user', config.user !== undefined],
    ['process.cwd', '--workdir', config.workdir !== undefined],
    ['process.oomScoreAdj', '--oom-score-adj', config.oomScoreAdj !== undefined],
    ['process.noNewPrivileges', '--security-opt no-new-privileges', config.privileges.noNewPrivileges],
    ['linux.devices', '--device', config.devices.length > 0],
    ['linux.seccomp', '--security-opt seccomp', config.privileges.seccomp !== 'default'],
    [
      'process.capabilities',
      '--cap-add, --cap-drop',
      config.privileges.capAdd.length + config.privileges.capDrop.length > 0,
    ],
  ];
  const given = rows.filter(([, , given]) => given).map(([field, flag]) => [field, flag]);
  return { ...Object.fromEntries(given), ...resourceCauses(config.resources) };
}
