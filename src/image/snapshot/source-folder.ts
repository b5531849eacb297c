import { realpathSync, statSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import { diskError } from '../disk-error.ts';

/**
 * A folder of the host that a container's root shall be made over, without links in its path.
 * @throws KeelsonError `ROOTFS_MISSING`, `ROOTFS_NOT_FOLDER`
 */
export function sourceFolder(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
    if (!missing) throw diskError('open', path, cause);
    throw new KeelsonError('not-found', `the root file system ${path} does not exist`, {
      code: 'ROOTFS_MISSING',
      cause,
    });
  }
  if (!statSync(real).isDirectory()) {
    throw new KeelsonError('invalid', `the root file system ${path} is not a folder`, { code: 'ROOTFS_NOT_FOLDER' });
  }
  return real;
}
