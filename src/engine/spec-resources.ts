import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { invalid } from '../base/index.ts';
import type { ContainerConfig, DeviceRule, Resources } from '../spec/index.ts';
import { DEFAULT_DEVICES } from '../spec/index.ts';
import type { FoundDevice } from './find-devices.ts';

/** Microseconds over which `--cpus` is measured. */
const CPU_PERIOD = 100_000;

/** Bytes; below it a program hardly starts. */
const LEAST_MEMORY = 6 << 20;

/** Limits in the spec's terms, with Docker's defaults: as much swap as memory, and no device but the default ones. */
export function buildResources(config: ContainerConfig, devices: readonly FoundDevice[]): Resources {
  const r = config.resources;
  checkLimits(r);
  const quota = r.cpus === undefined ? r.cpuQuota : Math.round(r.cpus * CPU_PERIOD);
  const period = r.cpus === undefined ? r.cpuPeriod : CPU_PERIOD;
  const swap = r.memorySwap ?? (r.memory === undefined ? undefined : 2 * r.memory);
  return defined({
    memory: defined({
      limit: r.memory,
      swap,
      reservation: r.memoryReservation,
      swappiness: r.memorySwappiness,
      disableOOMKiller: r.oomKillDisable || undefined,
    }),
    cpu: defined({ shares: r.cpuShares, quota, period, cpus: r.cpusetCpus, mems: r.cpusetMems }),
    pids: r.pidsLimit === undefined ? undefined : { limit: r.pidsLimit > 0 ? r.pidsLimit : -1 },
    blockIO: r.blkioWeight === undefined ? undefined : { weight: r.blkioWeight },
    devices: deviceRules(config, devices),
  });
}

/** What the kernel would refuse, or start and kill at once, told in the user's words: Docker's bounds. */
function checkLimits(resources: ContainerConfig['resources']): void {
  const { memory, memorySwap, memoryReservation, cpus: limit, cpusetCpus, cpusetMems } = resources;
  if (memory !== undefined && memory < LEAST_MEMORY) {
    throw invalid('MEMORY_TOO_SMALL', `a memory limit of ${memory} bytes is too small`, 'give 6m or more');
  }
  if (memory !== undefined && memorySwap !== undefined && memorySwap >= 0 && memorySwap < memory) {
    const hint = 'memory-swap counts both: give at least as much as for memory, or -1 for no limit';
    throw invalid('MEMORY_SWAP_TOO_SMALL', 'the limit of memory and swap together is below that of memory', hint);
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    const hint = 'reserve less, or raise the limit';
    throw invalid('MEMORY_RESERVATION_TOO_LARGE', 'the memory reservation is above the memory limit', hint);
  }
  refuseAbsent('cpuset-cpus', cpusetCpus, '/sys/devices/system/cpu/online');
  refuseAbsent('cpuset-mems', cpusetMems, '/sys/devices/system/node/online');
  const present = cpus().length;
  if (limit !== undefined && (limit < 0.01 || limit > present)) {
    throw invalid(
      'CPUS_OUT_OF_RANGE',
      `${limit} processors cannot be given`,
      `give 0.01 to ${present}: so many are here`,
    );
  }
}

/** The highest number of a list such as `0-3,8` must be one that the host has. */
function refuseAbsent(name: string, wanted: string | undefined, file: string): void {
  if (wanted === undefined || wanted === '') return;
  const online = textOf(file);
  const highest = (list: string) => Math.max(...list.split(/[,-]/).map(Number));
  if (online === '' || !(highest(wanted) > highest(online))) return;
  throw invalid('CPUSET_ABSENT', `the host does not have all of ${name} ${wanted}`, `it has ${online}`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // a kernel without NUMA has no folder of nodes
    return '';
  }
}

function deviceRules({ privileges, resources }: ContainerConfig, devices: readonly FoundDevice[]): DeviceRule[] {
  if (privileges.privileged) return [{ allow: true, access: 'rwm' }];
  return [
    { allow: false, access: 'rwm' },
    // Making a node is harmless where opening it is refused, and package managers do it.
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    ...DEFAULT_DEVICES.map(({ major, minor }) => ({ allow: true, type: 'c' as const, major, minor, access: 'rwm' })),
    // /dev/console, /dev/pts/N and /dev/ptmx
    { allow: true, type: 'c', major: 5, minor: 1, access: 'rwm' },
    { allow: true, type: 'c', major: 136, access: 'rwm' },
    { allow: true, type: 'c', major: 5, minor: 2, access: 'rwm' },
    ...devices.map(({ device: { type, major, minor }, access }) => ({ allow: true, type, major, minor, access })),
    ...(resources.deviceCgroupRules ?? []).map(parseRule),
  ];
}

/** `c 10:200 rwm`, `b 8:* r` */
function parseRule(text: string): DeviceRule {
  const [, type, major, minor, access] = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type !== 'a' && type !== 'b' && type !== 'c') {
    throw invalid('DEVICE_RULE_INVALID', `cannot read the device rule '${text}'`, "write it like 'c 10:200 rwm'");
  }
  const number = (digits: string | undefined) => (digits === '*' ? undefined : Number(digits));
  return defined({ allow: true, type, major: number(major), minor: number(minor), access });
}

/** The fields that have a value; undefined when there is none. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
