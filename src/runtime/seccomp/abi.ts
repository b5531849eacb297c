import type { SeccompArchitecture } from '../../spec/index.ts';

/** Machines that Keelson runs on, as `process.arch` names them. */
export type MachineArchitecture = 'x64' | 'arm64';

export type AbiName = 'x86_64' | 'i386' | 'x32' | 'arm64' | 'arm';

/** One way into the kernel: a table of system calls and how its calls look in `struct seccomp_data`. */
export interface Abi {
  name: AbiName;
  /** AUDIT_ARCH_* of include/uapi/linux/audit.h, what the kernel writes into `seccomp_data.arch`. */
  audit: number;
  /** Bits that are set in every call number: __X32_SYSCALL_BIT, else 0. */
  numberBits: number;
  /** Are arguments 64 bits wide? The kernel fills the upper words of a 32-bit process with zero. */
  wide: boolean;
}

/** __X32_SYSCALL_BIT: x32 is x86-64 with another table behind this bit, and has no AUDIT_ARCH of its own. */
export const X32_SYSCALL_BIT = 0x4000_0000;

const ABIS: Partial<Record<SeccompArchitecture, Abi>> = {
  SCMP_ARCH_X86_64: { name: 'x86_64', audit: 0xc000_003e, numberBits: 0, wide: true },
  SCMP_ARCH_X86: { name: 'i386', audit: 0x4000_0003, numberBits: 0, wide: false },
  SCMP_ARCH_X32: { name: 'x32', audit: 0xc000_003e, numberBits: X32_SYSCALL_BIT, wide: true },
  SCMP_ARCH_AARCH64: { name: 'arm64', audit: 0xc000_00b7, numberBits: 0, wide: true },
  SCMP_ARCH_ARM: { name: 'arm', audit: 0x4000_0028, numberBits: 0, wide: false },
};

/** The architectures whose programs a machine can run, its own first. */
export const MACHINE_ARCHITECTURES: Record<
  MachineArchitecture,
  readonly [SeccompArchitecture, ...SeccompArchitecture[]]
> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/**
 * The ABIs that a filter for `machine` must know. The machine's own is always among them, as libseccomp has it; names
 * of other machines' architectures are left out, because no call can come from them.
 */
export function abisFor(machine: MachineArchitecture, architectures: readonly SeccompArchitecture[]): Abi[] {
  const [native, ...others] = MACHINE_ARCHITECTURES[machine];
  return [native, ...others.filter((name) => architectures.includes(name))].flatMap((name) => ABIS[name] ?? []);
}
