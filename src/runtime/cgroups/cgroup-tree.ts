// host-path: folders of cgroup file systems on the host, which have no symbolic links
import { existsSync, readdirSync, rmdirSync } from 'node:fs';

/** A path as bytes: a container that may make cgroups of its own can give them names that are no UTF-8. */
export type BytePath = Buffer;

/** The folders directly below; none when the folder has gone. */
export function subfolders(folder: BytePath): BytePath[] {
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
      .filter((entry) => entry.isDirectory())
      .map((entry) => Buffer.concat([folder, Buffer.from('/'), entry.name]));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** This folder and all below it, those at the top first. */
export function* walk(folder: BytePath): Generator<BytePath> {
  yield folder;
  for (const child of subfolders(folder)) yield* walk(child);
}

/** rmdir(2); `busy`: it has processes, or folders below. */
export function removeFolder(folder: BytePath): 'removed' | 'busy' {
  try {
    rmdirSync(folder);
    return 'removed';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return 'removed';
    // Asked before whether it is there, where the file system is mounted read-only.
    if (code === 'EROFS' && !existsSync(folder)) return 'removed';
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return 'busy';
    throw error;
  }
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
