import type { Kernel } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  BPF_CGROUP_DEVICE,
  BPF_F_ALLOW_MULTI,
  BPF_PROG_TYPE_CGROUP_DEVICE,
  O_DIRECTORY,
  O_RDONLY,
} from '../../kernel/index.ts';

/**
 * Attaches a program to a v2 folder that decides about each open(2) and mknod(2) of a device in it and below. With
 * BPF_F_ALLOW_MULTI the programs of folders above go on being asked: all must agree. It stays attached without us, and
 * goes with the folder.
 */
export function filterDevices(kernel: Kernel, folder: string, program: Uint8Array): void {
  const target = kernel.openat(AT_FDCWD, folder, O_DIRECTORY | O_RDONLY);
  const loaded = kernel.bpfProgLoad(program, { type: BPF_PROG_TYPE_CGROUP_DEVICE, attachType: BPF_CGROUP_DEVICE });
  kernel.bpfProgAttach(loaded, { target, type: BPF_CGROUP_DEVICE, flags: BPF_F_ALLOW_MULTI });
  kernel.close(loaded);
  kernel.close(target);
}
