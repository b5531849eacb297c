import { readFileSync } from 'node:fs';

/** Whether this process could have every capability of the kernel: an outer container may have taken some. */
export function hasAllCapabilities(): boolean {
  const [, bounding = '0'] = /^CapBnd:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  return BigInt(`0x${bounding}`) === (1n << BigInt(last + 1)) - 1n;
}
