import type { Architecture } from '../syscall-numbers.ts';

/**
 * O_DIRECT, O_LARGEFILE, O_DIRECTORY and O_NOFOLLOW stand at other bits on arm64 than on x86-64. Our constants are those
 * of the machine we run on; an agent of the other kind, under an emulator, needs them exchanged.
 */
export function openFlagsFor(flags: bigint, agent: Architecture): bigint {
  if (agent === process.arch) return flags;
  const [low, high] = [flags & 0xc000n, flags & 0x30000n];
  return (flags & ~0x3c000n) | (low << 2n) | (high >> 2n);
}
