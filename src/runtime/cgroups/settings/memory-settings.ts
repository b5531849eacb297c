import { formatMemory, invalid, type KeelsonError } from '../../../base/index.ts';
import { EINVAL, ENOENT } from '../../../kernel/index.ts';
import type { Memory } from '../../../spec/index.ts';
import { given, limitV1, limitV2 } from '../limit-text.ts';
import type { Setting, SettingContext } from './setting.ts';

const LIMIT = 'memory.limit_in_bytes';
const LIMIT_WITH_SWAP = 'memory.memsw.limit_in_bytes';

/** memory.rst of cgroup-v1. Bytes. */
export function* memoryV1(memory: Memory, context: SettingContext): Generator<Setting> {
  yield* limitsV1(memory, context);
  const reservation = given(memory.reservation);
  if (reservation !== undefined) {
    const what =
      reservation < 0 ? 'keep no memory back' : `keep ${formatMemory(reservation)} of memory when it is short`;
    yield { field: 'memory.reservation', what, file: 'memory.soft_limit_in_bytes', values: [limitV1(reservation)] };
  }
  if (memory.swappiness !== undefined && memory.swappiness >= 0) {
    const what = `set swappiness to ${memory.swappiness}`;
    yield { field: 'memory.swappiness', what, file: 'memory.swappiness', values: [String(memory.swappiness)] };
  }
  if (memory.disableOOMKiller !== undefined && (memory.disableOOMKiller || context.updating)) {
    const what = memory.disableOOMKiller ? 'wait instead of killing when memory is out' : 'kill when memory is out';
    const values = [memory.disableOOMKiller ? '1' : '0'];
    yield { field: 'memory.disableOOMKiller', what, file: 'memory.oom_control', values };
  }
}

/**
 * The kernel never lets memory be above memory and swap together. In a new cgroup both are unlimited, so memory comes
 * first. In one with limits the order depends on the old ones: the wrong first try is refused with EINVAL, which does
 * not matter, and made again at the end. That saves reading the old limit first.
 */
function* limitsV1(memory: Memory, { swap: counted, updating }: SettingContext): Generator<Setting> {
  const limit = given(memory.limit);
  // Lifting the limit of memory alone would leave that of both in its way.
  const swap = given(memory.swap) ?? (limit !== undefined && limit < 0 ? -1 : undefined);
  if (limit !== undefined && swap !== undefined && swap >= 0 && swap < limit) throw swapBelow(swap, limit);
  const both: Setting[] = [];
  if (swap !== undefined && counted) {
    const what = limitTitle('memory and swap together', swap);
    both.push({ field: 'memory.swap', what, file: LIMIT_WITH_SWAP, values: [limitV1(swap)] });
  }
  if (updating) yield* both.map((s) => ({ ...s, allow: [EINVAL] }));
  if (limit !== undefined) {
    yield { field: 'memory.limit', what: limitTitle('memory', limit), file: LIMIT, values: [limitV1(limit)] };
  }
  yield* both;
}

/** cgroup-v2.rst. Bytes. */
export function* memoryV2(memory: Memory): Generator<Setting> {
  const limit = given(memory.limit);
  const swap = swapAlone(memory);
  if (swap !== undefined) {
    // Without swap, or without its accounting, the file is missing, and all or none of nothing is the same.
    const allow = swap <= 0 ? [ENOENT] : undefined;
    const what = swap === 0 ? 'allow no swap' : limitTitle('swap', swap);
    yield { field: 'memory.swap', what, file: 'memory.swap.max', values: [limitV2(swap)], allow };
  }
  if (limit !== undefined) {
    yield { field: 'memory.limit', what: limitTitle('memory', limit), file: 'memory.max', values: [limitV2(limit)] };
  }
  const reservation = given(memory.reservation);
  if (reservation !== undefined) {
    const what = `keep ${reservation < 0 ? 'all' : formatMemory(reservation)} of memory when it is short`;
    yield { field: 'memory.reservation', what, file: 'memory.low', values: [limitV2(reservation)] };
  }
}

/**
 * The swap limit of v2, which counts swap alone, from that of the specification, which counts memory too. -1: none.
 * @throws KeelsonError `CGROUP_SWAP_LIMIT`, when there is nothing to take off, or too little to take it off from
 */
export function swapAlone(memory: Memory): number | undefined {
  const limit = given(memory.limit);
  const swap = given(memory.swap);
  if (swap === undefined) return limit !== undefined && limit < 0 ? -1 : undefined;
  if (swap < 0) return -1;
  if (limit === undefined) throw swapLimit('needs memory.limit, for it counts memory and swap together');
  if (limit < 0) return swap;
  if (swap < limit) throw swapBelow(swap, limit);
  return swap - limit;
}

function swapLimit(problem: string): KeelsonError {
  return invalid('CGROUP_SWAP_LIMIT', `linux.resources.memory.swap ${problem}`);
}

function swapBelow(swap: number, limit: number): KeelsonError {
  return swapLimit(`of ${swap} is below memory.limit of ${limit}, but counts memory and swap together`);
}

function limitTitle(of: string, bytes: number): string {
  return bytes < 0 ? `lift the limit of ${of}` : `limit ${of} to ${formatMemory(bytes)}`;
}
