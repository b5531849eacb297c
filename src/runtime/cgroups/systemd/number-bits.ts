import { invalid } from '../../../base/index.ts';

/** More than any machine has (NR_CPUS of the kernel's configuration). */
const LARGEST = 8192;

/** `0-3,7` as systemd takes a set of processors or memory nodes: a bit for each number, the lowest first. */
export function numberBits(list: string, field: string): Uint8Array {
  const bytes: number[] = [];
  for (const part of list.split(',')) {
    const [, from = '', to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === '' || Number(to) < Number(from) || Number(to) > LARGEST) {
      throw invalid('CGROUP_LIST_INVALID', `${field}: '${list}' is not a list such as 0-3,7`);
    }
    for (let number = Number(from); number <= Number(to); number++) {
      const at = number >> 3;
      while (bytes.length <= at) bytes.push(0);
      bytes[at] = (bytes[at] ?? 0) | (1 << (number & 7));
    }
  }
  return Uint8Array.from(bytes);
}
