import { isKeelsonError, KeelsonError } from '../base/index.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on its disk',
  EDQUOT: 'the quota of its disk is used up',
  EROFS: 'its file system is read-only',
  EIO: 'its disk does not work',
};

/** Makes an error of ours of what the disk below a data root may answer to any of the engine's own writes. */
export async function tellingDisk<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = REASONS[code];
    if (isKeelsonError(cause) || reason === undefined) throw cause;
    throw new KeelsonError('unavailable', `cannot write to ${root}: ${reason}`, {
      code: 'DATA_ROOT',
      hint: 'check its free space, or name another folder in KEELSON_ROOT',
      cause,
    });
  }
}
