import { KeelsonError } from '../../base/index.ts';

/** An archive that is not one, or that we refuse. `code`: TAR_INVALID, or TAR_UNSUPPORTED for what we do not read. */
export function tarError(message: string, code: 'TAR_INVALID' | 'TAR_UNSUPPORTED' = 'TAR_INVALID'): KeelsonError {
  return new KeelsonError(code === 'TAR_INVALID' ? 'invalid' : 'unsupported', `tar archive: ${message}`, { code });
}
