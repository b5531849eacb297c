import type { AbiName } from './abi.ts';
import { ARM_SYSCALLS, ARM64_SYSCALLS, I386_SYSCALLS, X32_SYSCALLS, X86_64_SYSCALLS } from './syscall-lists.ts';

const LISTS: Record<AbiName, string> = {
  x86_64: X86_64_SYSCALLS,
  i386: I386_SYSCALLS,
  x32: X32_SYSCALLS,
  arm64: ARM64_SYSCALLS,
  arm: ARM_SYSCALLS,
};

const ABI_NAMES: readonly AbiName[] = ['x86_64', 'i386', 'x32', 'arm64', 'arm'];
const DIGIT_NINE = 57;

/** Calls that exist on architectures Keelson does not run on; profiles written for all machines name them. */
const ELSEWHERE =
  'cachectl multiplexer riscv_flush_icache riscv_hwprobe rtas s390_guarded_storage s390_pci_mmio_read ' +
  's390_pci_mmio_write s390_runtime_instr s390_sthyi spu_create spu_run subpage_prot swapcontext switch_endian ' +
  'sys_debug_setcontext sysmips timerfd';

const tables = new Map<AbiName, ReadonlyMap<string, number>>();
let elsewhere: ReadonlySet<string> | undefined;

/** Name → number of all calls of one ABI; x32 without its bit. Parsed at the first use of the ABI. */
export function syscallTable(abi: AbiName): ReadonlyMap<string, number> {
  const known = tables.get(abi);
  if (known !== undefined) return known;
  const table = parseList(LISTS[abi]);
  tables.set(abi, table);
  return table;
}

/** Is `name` a system call of any architecture? */
export function isSyscallName(name: string): boolean {
  // Tables that are parsed already come first: most names are found without parsing another.
  for (const table of tables.values()) if (table.has(name)) return true;
  elsewhere ??= new Set(ELSEWHERE.split(' '));
  return elsewhere.has(name) || ABI_NAMES.some((abi) => syscallTable(abi).has(name));
}

function parseList(list: string): Map<string, number> {
  const table = new Map<string, number>();
  let next = 0;
  for (const word of list.trim().split(/\s+/)) {
    if (word.charCodeAt(0) <= DIGIT_NINE) {
      next = Number(word);
    } else {
      if (word.includes('|')) for (const name of word.split('|')) table.set(name, next);
      else table.set(word, next);
      next += 1;
    }
  }
  return table;
}
