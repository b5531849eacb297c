import { KeelsonError } from '../../base/index.ts';

/** What seccomp profiles tell kernels apart by: `4` and `8` of `4.8.12-generic`. */
export interface KernelVersion {
  major: number;
  minor: number;
}

/**
 * Reads `4.8`, `6.1.0-18-amd64`, `5.10-rc1`.
 *
 * @param field how to name it in an error
 * @throws KeelsonError `KERNEL_VERSION_INVALID`
 */
export function parseKernelVersion(release: string, field: string): KernelVersion {
  const match = /^(\d{1,3})\.(\d{1,3})(?!\d)/.exec(release);
  if (match === null) {
    throw new KeelsonError('invalid', `${field}: "${release}" is not a kernel version like 4.8`, {
      code: 'KERNEL_VERSION_INVALID',
    });
  }
  return { major: Number(match[1]), minor: Number(match[2]) };
}

export function isKernelAtLeast(kernel: KernelVersion, least: KernelVersion): boolean {
  return kernel.major > least.major || (kernel.major === least.major && kernel.minor >= least.minor);
}
