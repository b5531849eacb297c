import type { Fd } from '../call.ts';
import { Out, Struct } from '../call.ts';
import { ENODATA, EOPNOTSUPP } from '../errno.ts';
import type { Pending, Value } from '../value.ts';
import type { Allow, PathName } from './file-calls.ts';
import { FileCalls } from './file-calls.ts';

/** struct timespec's tv_nsec for "leave it as it is" (utimensat(2)). */
const UTIME_OMIT = 0x3ffffffe;
/** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h. */
const LARGEST_XATTR = 65_536;

/** What a file has besides its content, and the entries of a folder. */
export abstract class AttributeCalls extends FileCalls {
  fchown(fd: Fd, owner: { uid: number; gid: number }, options: Allow = {}): Value {
    return this.number({ name: 'fchown', args: [fd, owner.uid, owner.gid], ...options });
  }

  /** Sets the time of modification, in nanoseconds since 1970. Without a path: of the descriptor itself (futimens(3)). */
  utimensat(dir: Fd, path: PathName | null, mtime: bigint, options: Allow & { flags?: number } = {}): Value {
    const { flags = 0, allow } = options;
    const bytes = Buffer.allocUnsafe(32); // of Node's pool: there are ten thousands of these
    const nanoseconds = ((mtime % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    const seconds = Number((mtime - nanoseconds) / 1_000_000_000n);
    bytes.fill(0);
    bytes.writeUInt32LE(UTIME_OMIT, 8);
    bytes.writeUInt32LE(seconds >>> 0, 16);
    bytes.writeInt32LE(Math.floor(seconds / 0x1_0000_0000), 20);
    bytes.writeUInt32LE(Number(nanoseconds), 24);
    const times = new Struct(bytes, [], { shown: () => `{mtime=${mtime}ns}` });
    return this.number({ name: 'utimensat', args: [dir, path, times, flags], allow });
  }

  fsetxattr(fd: Fd, name: PathName, value: Uint8Array, options: Allow = {}): Value {
    return this.number({ name: 'fsetxattr', args: [fd, name, value, value.length, 0], ...options });
  }

  /** Follows links, but for the one in /proc to a descriptor (O_PATH) of a link. */
  setxattr(path: string, name: PathName, value: Uint8Array, options: Allow = {}): Value {
    return this.number({ name: 'setxattr', args: [path, name, value, value.length, 0], ...options });
  }

  /** Undefined when there is none of this name, or the file system has none at all. Follows links as `setxattr`. */
  getxattr(path: string, name: PathName): Pending<Buffer | undefined> {
    const args = [path, name, new Out(LARGEST_XATTR), LARGEST_XATTR];
    const call = { name: 'getxattr', args, outByReturn: true, allow: [ENODATA, EOPNOTSUPP] } as const;
    return this.issue(call, (o) => (o.value < 0 ? undefined : o.bytes));
  }

  /** The names of extended attributes, one character a byte. Follows links as `setxattr`. */
  listxattr(path: string): Pending<string[]> {
    return this.issue(
      {
        name: 'listxattr',
        args: [path, new Out(LARGEST_XATTR), LARGEST_XATTR],
        outByReturn: true,
        allow: [EOPNOTSUPP],
      },
      (o) => namesIn(o.bytes),
    );
  }

  /** Undefined when the file has none of this name, or its file system none at all. */
  fgetxattr(fd: Fd, name: PathName): Pending<Buffer | undefined> {
    const args = [fd, name, new Out(LARGEST_XATTR), LARGEST_XATTR];
    const call = { name: 'fgetxattr', args, outByReturn: true, allow: [ENODATA, EOPNOTSUPP] } as const;
    return this.issue(call, (o) => (o.value < 0 ? undefined : o.bytes));
  }

  /** The names of a file's extended attributes, one character a byte. */
  flistxattr(fd: Fd): Pending<string[]> {
    const args = [fd, new Out(LARGEST_XATTR), LARGEST_XATTR];
    const call = { name: 'flistxattr', args, outByReturn: true, allow: [EOPNOTSUPP] } as const;
    return this.issue(call, (o) => namesIn(o.bytes));
  }

  /** Where a symbolic link leads that a descriptor (O_PATH) holds, byte for byte. */
  freadlink(fd: Fd): Pending<Buffer> {
    return this.issue({ name: 'readlinkat', args: [fd, '', new Out(4096), 4096], outByReturn: true }, (o) => o.bytes);
  }

  /** Some entries of a folder, as struct linux_dirent64; empty when all were given. */
  getdents64(fd: Fd, size = 32_768): Pending<Buffer> {
    return this.issue({ name: 'getdents64', args: [fd, new Out(size), size], outByReturn: true }, (o) => o.bytes);
  }

  /** Writes everything of the file system under a descriptor to the disk. */
  syncfs(fd: Fd): Value {
    return this.number({ name: 'syncfs', args: [fd] });
  }
}

function namesIn(bytes: Buffer): string[] {
  return bytes
    .toString('latin1')
    .split('\0')
    .filter((name) => name !== '');
}
