import { invalid } from '../base/index.ts';
import type { ContainerConfig, DeviceRule, Resources } from '../spec/index.ts';
import { DEFAULT_DEVICES } from '../spec/index.ts';
import type { FoundDevice } from './find-devices.ts';

/** Microseconds over which `--cpus` is measured. */
const CPU_PERIOD = 100_000;

/** Limits in the spec's terms, with Docker's defaults: as much swap as memory, and no device but the default ones. */
export function buildResources(config: ContainerConfig, devices: readonly FoundDevice[]): Resources {
  const r = config.resources;
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
