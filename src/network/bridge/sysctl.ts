import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EBADF, ENOENT, O_RDONLY, O_WRONLY } from '../../kernel/index.ts';

/** `net/ipv4/ip_forward`, of the network namespace that the process is in. */
function pathOf(name: string): string {
  return `/proc/sys/${name}`;
}

/** Their values, undefined for one that this kernel does not have. One round trip for all. */
export async function readSysctls(kernel: Kernel, names: readonly string[]): Promise<(string | undefined)[]> {
  const texts = names.map((name) => {
    const fd = kernel.openat(AT_FDCWD, pathOf(name), O_RDONLY, 0, { allow: [ENOENT] });
    const text = kernel.read(fd, 64, { allow: [EBADF] });
    kernel.close(fd, { allow: [EBADF] });
    return text;
  });
  return (await Promise.all(texts)).map((bytes) => (bytes.length > 0 ? bytes.toString().trim() : undefined));
}

/** Issues the writing of a value; a name that this kernel does not have is passed over. */
export function writeSysctl(kernel: Kernel, name: string, value: string): void {
  const fd = kernel.openat(AT_FDCWD, pathOf(name), O_WRONLY, 0, { allow: [ENOENT] });
  kernel.write(fd, value, { allow: [EBADF] });
  kernel.close(fd, { allow: [EBADF] });
}
