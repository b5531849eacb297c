import { resolve } from 'node:path/posix';
import { invalid } from '../../base/index.ts';
import type {
  ContainerConfig,
  Healthcheck,
  MountConfig,
  NetworkConfig,
  PrivilegeConfig,
  ResourceConfig,
} from '../../spec/index.ts';
import type { FlagValues } from '../flags/flag.ts';
import { environmentVariable, resolveEnvironment } from '../values/environment-variable.ts';
import { keyValue } from '../values/key-value.ts';
import { readLines } from '../values/line-file.ts';
import { seccompProfileText } from '../values/seccomp-profile.ts';
import { userNamespace } from '../values/user-namespace.ts';
import type { RUN_FLAGS } from './run-flags.ts';

export type RunValues = FlagValues<typeof RUN_FLAGS>;

/** What flags may refer to besides their own text. */
export interface Surroundings {
  /** The working folder, where relative paths start. */
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The content of a small file that the user named. Throws an error of ours that names the file. */
  readFile(path: string): Uint8Array;
}

/**
 * What `keelson run` was asked for.
 * @param words the image and its command, or with `--rootfs` the command alone
 * @throws KeelsonError `invalid`, naming the flag
 */
export function containerConfig(values: RunValues, words: readonly string[], around: Surroundings): ContainerConfig {
  const [image, command] = splitWords(values, words);
  return {
    ...identity(values, around),
    image,
    rootfs: values.rootfs === undefined ? undefined : resolve(around.folder, values.rootfs),
    ...(values['rootfs-writable'] && { rootfsWritable: true }),
    command: [...command],
    entrypoint: entrypoint(values.entrypoint),
    env: environment(values, around),
    workdir: values.workdir,
    user: values.user,
    groupAdd: [...values['group-add']],
    tty: values.tty,
    interactive: values.interactive,
    init: values.init,
    autoRemove: values.rm,
    readOnly: values['read-only'],
    mounts: mounts(values, around),
    privileges: privileges(values, around),
    devices: [...values.device],
    resources: resources(values),
    ulimits: [...new Map(values.ulimit.map((ulimit) => [ulimit.name, ulimit])).values()],
    sysctls: Object.fromEntries(values.sysctl),
    namespaces: {
      pid: values.pid,
      ipc: values.ipc,
      uts: values.uts,
      cgroup: values.cgroupns,
      user: userNamespace(values.userns, values.uidmap, values.gidmap),
    },
    network: network(values),
    shmSize: values['shm-size'],
    oomScoreAdj: values['oom-score-adj'],
    stopSignal: values['stop-signal'],
    stopTimeout: values['stop-timeout'],
    ...((values.detach || values.attach.length > 0) && { attached: values.detach ? [] : [...values.attach] }),
    healthcheck: healthcheck(values),
  };
}

function splitWords(
  values: RunValues,
  words: readonly string[],
): [image: string | undefined, command: readonly string[]] {
  if (values.rootfs !== undefined) {
    if (values.rootfs === '') throw invalid('FLAG_INVALID', "invalid value '' for --rootfs: expected a folder");
    return [undefined, words];
  }
  if (values['rootfs-writable']) throw invalid('FLAGS_CONFLICT', '--rootfs-writable needs --rootfs FOLDER');
  const [image, ...command] = words;
  if (image === undefined || image === '') {
    throw invalid(
      'IMAGE_MISSING',
      'no image given',
      'name an image, for example: keelson run -it busybox sh; or a folder with --rootfs',
    );
  }
  return [image, command];
}

function identity(
  values: RunValues,
  around: Surroundings,
): Pick<ContainerConfig, 'name' | 'hostname' | 'domainname' | 'labels' | 'annotations'> {
  const fromFiles = values['label-file'].flatMap((path) => readLines(path, around.readFile(path)).map(keyValue));
  return {
    name: values.name,
    hostname: values.hostname,
    domainname: values.domainname,
    labels: Object.fromEntries([...fromFiles, ...values.label]),
    annotations: Object.fromEntries(values.annotation),
  };
}

function entrypoint(program: string | undefined): string[] | undefined {
  if (program === undefined) return undefined;
  return program === '' ? [] : [program];
}

/** Files first, so that `-e` wins whatever the order on the command line (Docker's rule). */
function environment(values: RunValues, around: Surroundings): string[] {
  const fromFiles = values['env-file'].flatMap((path) =>
    readLines(path, around.readFile(path)).map(environmentVariable),
  );
  return resolveEnvironment([...fromFiles, ...values.env], around.env);
}

function mounts(values: RunValues, around: Surroundings): MountConfig[] {
  return [...values.volume, ...values.mount, ...values.tmpfs].map((mount) =>
    mount.type === 'bind' ? { ...mount, source: resolve(around.folder, mount.source ?? '') } : mount,
  );
}

function privileges(values: RunValues, around: Surroundings): PrivilegeConfig {
  const result: PrivilegeConfig = {
    privileged: values.privileged,
    capAdd: [...values['cap-add']],
    capDrop: [...values['cap-drop']],
    noNewPrivileges: false,
    seccomp: 'default',
    unconfinedSystemPaths: false,
  };
  for (const option of values['security-opt']) {
    if (option.kind === 'no-new-privileges') result.noNewPrivileges = option.value;
    else if (option.kind === 'systempaths') result.unconfinedSystemPaths = true;
    else if (option.kind === 'apparmor') result.apparmor = option.profile;
    else if (option.kind === 'label') result.labels = [...(result.labels ?? []), option.label];
    else if (typeof option.profile === 'string') result.seccomp = option.profile;
    else result.seccomp = { profile: seccompProfileText(option.profile.path, around.readFile(option.profile.path)) };
  }
  return result;
}

function resources(values: RunValues): ResourceConfig {
  return {
    memory: unlessZero(values.memory),
    memorySwap: unlessZero(values['memory-swap']),
    memoryReservation: unlessZero(values['memory-reservation']),
    memorySwappiness: values['memory-swappiness'] === -1 ? undefined : values['memory-swappiness'],
    oomKillDisable: values['oom-kill-disable'] || undefined,
    cpus: unlessZero(values.cpus),
    cpuShares: unlessZero(values['cpu-shares']),
    cpuPeriod: unlessZero(values['cpu-period']),
    cpuQuota: unlessZero(values['cpu-quota']),
    cpusetCpus: values['cpuset-cpus'],
    cpusetMems: values['cpuset-mems'],
    pidsLimit: unlessZero(values['pids-limit']),
    blkioWeight: values['blkio-weight'],
    deviceCgroupRules: [...values['device-cgroup-rule']],
    cgroupParent: values['cgroup-parent'],
  };
}

function network(values: RunValues): NetworkConfig {
  return {
    mode: values.network ?? 'bridge',
    ip: values.ip,
    ip6: values.ip6,
    macAddress: values['mac-address'],
    dns: [...values.dns],
    dnsSearch: [...values['dns-search']],
    dnsOptions: [...values['dns-option']],
    extraHosts: [...values['add-host']],
    ports: [...values.publish],
    ...(values['publish-all'] && { publishExposed: true }),
    ...(values.expose.length > 0 && { exposed: [...values.expose] }),
  };
}

function healthcheck(values: RunValues): Healthcheck | undefined {
  const { 'health-cmd': command, 'no-healthcheck': none } = values;
  const check: Healthcheck = {
    ...(command && { Test: ['CMD-SHELL', command] }),
    ...(values['health-interval'] && { Interval: values['health-interval'] }),
    ...(values['health-timeout'] && { Timeout: values['health-timeout'] }),
    ...(values['health-start-period'] && { StartPeriod: values['health-start-period'] }),
    ...(values['health-start-interval'] && { StartInterval: values['health-start-interval'] }),
    ...(values['health-retries'] && { Retries: values['health-retries'] }),
  };
  const isGiven = Object.keys(check).length > 0;
  if (none && isGiven) throw invalid('FLAGS_CONFLICT', '--no-healthcheck conflicts with --health-* flags');
  return none ? { Test: ['NONE'] } : isGiven ? check : undefined;
}

/** Docker's flags say 0 for no limit. */
function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}
