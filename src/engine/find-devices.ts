import { readdirSync, type Stats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { KeelsonError } from '../base/index.ts';
import type { ContainerConfig, Device, DeviceConfig } from '../spec/index.ts';

/** A device of the host, as the container shall have it. */
export interface FoundDevice {
  device: Device & { type: 'b' | 'c'; major: number; minor: number };
  /** Some of `rwm`. */
  access: string;
}

/** Not the host's to give: the container has its own terminals, shared memory and message queues (as runc). */
const PASSED_OVER = new Set(['pts', 'shm', 'fd', 'mqueue', '.udev', 'console', 'ptmx']);

/**
 * The host's nodes behind `--device`, and with `--privileged` all below /dev. A folder stands for the devices in it.
 * @throws KeelsonError `DEVICE_MISSING`, `DEVICE_NONE`
 */
export function findDevices({ privileges, devices }: ContainerConfig): FoundDevice[] {
  const found = new Map<string, FoundDevice>();
  const add = (device: FoundDevice) => found.set(device.device.path, device);
  if (privileges.privileged) walk({ source: '/dev', target: '/dev', permissions: 'rwm' }, add);
  for (const wanted of devices) findOne(wanted, add);
  return [...found.values()];
}

function findOne(wanted: DeviceConfig, add: (device: FoundDevice) => void): void {
  const status = statSync(wanted.source, { throwIfNoEntry: false });
  if (!status) {
    throw new KeelsonError('not-found', `--device ${wanted.source}: there is no such file`, { code: 'DEVICE_MISSING' });
  }
  if (status.isDirectory()) return walk(wanted, add);
  const device = describe(status, wanted);
  if (device) return void add(device);
  throw new KeelsonError('invalid', `--device ${wanted.source}: this is not a device`, {
    code: 'DEVICE_NONE',
    hint: 'show files and folders with --volume',
  });
}

function walk({ source, target, permissions }: DeviceConfig, add: (device: FoundDevice) => void): void {
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (PASSED_OVER.has(entry.name)) continue;
    const below = { source: posix.join(source, entry.name), target: posix.join(target, entry.name), permissions };
    if (entry.isDirectory()) walk(below, add);
    // Links are passed over: what they lead to is found in its own place.
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) continue;
    const status = statSync(below.source, { throwIfNoEntry: false });
    const device = status && describe(status, below);
    if (device) add(device);
  }
}

function describe(status: Stats, { target, permissions }: DeviceConfig): FoundDevice | undefined {
  if (!status.isCharacterDevice() && !status.isBlockDevice()) return undefined;
  const { rdev, uid, gid, mode } = status;
  return {
    device: {
      path: target,
      type: status.isBlockDevice() ? 'b' : 'c',
      // major(3), minor(3): 12 and 20 bits, interleaved for the sake of old programs
      major: (rdev >>> 8) & 0xfff,
      minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00),
      fileMode: mode & 0o777,
      uid,
      gid,
    },
    access: permissions,
  };
}
