import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EBADF, EEXIST, O_WRONLY } from '../../kernel/index.ts';
import type { CgroupPlan, FileSetting } from './cgroup-plan.ts';
import { filterDevices } from './filter-devices.ts';

/** What `--explain` puts all of it under. */
export const HEADING = 'Limits (cgroups)';

/** Issues the calls that make a cgroup and set its limits; waits for nothing. Errors name the limit and its cause. */
export function makeCgroup(kernel: Kernel, { steps }: Pick<CgroupPlan, 'steps'>): void {
  for (const step of steps) {
    kernel.step(HEADING, step.what, step.because);
    if (step.do === 'make') kernel.mkdir(step.path, 0o755, step.shared ? { allow: [EEXIST] } : {});
    else if (step.do === 'write') writeSetting(kernel, step.path, step.setting);
    else filterDevices(kernel, step.path, step.program);
  }
}

function writeSetting(kernel: Kernel, folder: string, { file, values, allow }: FileSetting): void {
  const fd = kernel.openat(AT_FDCWD, `${folder}/${file}`, O_WRONLY, 0, { allow });
  // A write to a file that could not be opened fails too, with EBADF.
  const allowWrite = allow === undefined || allow === 'any' ? allow : [...allow, EBADF];
  for (const value of values) kernel.write(fd, value, { allow: allowWrite });
  kernel.close(fd, { allow: allow === undefined ? undefined : [EBADF] });
}
