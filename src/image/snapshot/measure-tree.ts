import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DiskUsage } from './snapshotter.ts';

const FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** What st_blocks counts in, whatever the file system's block is (stat(2)). */
const BLOCK = 512;

/**
 * What a tree takes on the disk; hard links count once. A container may be writing to it: folders are entered through
 * descriptors, so that one which becomes a link meanwhile leads nowhere. Undefined when there is no such folder.
 */
export async function measureTree(folder: string): Promise<DiskUsage | undefined> {
  const seen = new Set<bigint>();
  const usage = { bytes: 0, entries: 0 };
  const count = (status: { ino: bigint; blocks: bigint }) => {
    if (seen.has(status.ino)) return;
    seen.add(status.ino);
    usage.bytes += Number(status.blocks) * BLOCK;
    usage.entries += 1;
  };
  const top = openFolder(Buffer.from(folder));
  if (top === undefined) return undefined;
  const waiting = [top];
  for (let fd = waiting.pop(); fd !== undefined; fd = waiting.pop()) {
    try {
      count(fstatSync(fd, { bigint: true }));
      for (const name of readdirSync(throughDescriptor(fd), 'buffer')) {
        const path = throughDescriptor(fd, name);
        const status = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        const child = status?.isDirectory() ? openFolder(path) : undefined;
        if (child !== undefined) waiting.push(child);
        else if (status) count(status);
      }
    } finally {
      closeSync(fd);
    }
    await setImmediate();
  }
  return usage;
}

/** A name in an open folder, whatever its path has become (proc_pid_fd(5)). */
function throughDescriptor(fd: number, name?: Buffer): Buffer {
  const folder = Buffer.from(`/proc/self/fd/${fd}`);
  return name ? Buffer.concat([folder, Buffer.from('/'), name]) : folder;
}

function openFolder(path: Buffer): number | undefined {
  try {
    return openSync(path, FLAGS);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EACCES') return undefined;
    throw cause;
  }
}
