import type { Call, Fd } from '../call.ts';
import { Flags, Out, Struct, Within } from '../call.ts';
import { CallIssuer } from '../call-issuer.ts';
import { MAP_SHARED, PROT_READ } from '../constants/memory.ts';
import { AT_EMPTY_PATH, AT_FDCWD, O_CLOEXEC, O_CREAT, STATX_BASIC_STATS } from '../constants/open.ts';
import { MFD_CLOEXEC } from '../constants/prctl.ts';
import { showFlags } from '../show-call.ts';
import type { FileStatus } from '../structs/file-status.ts';
import { decodeStatx, STATX_SIZE } from '../structs/file-status.ts';
import type { Pending, Value } from '../value.ts';

export interface OpenHow {
  flags: number;
  /** Permission bits of a new file. */
  mode?: number;
  /** RESOLVE_* of openat2(2). */
  resolve?: number;
}

/**
 * openat2(2) cannot be sure of a `..`, also one in a link, while somebody on the machine renames or mounts, and answers EAGAIN.
 * Whoever does so in a loop need not stop us; runc's securejoin tries as often.
 */
const RETRIES = 127;

/** Errnos that do not stop the batch; the value is then the negative errno. */
export interface Allow {
  allow?: readonly number[] | 'any' | undefined;
}

/** A path. Names on Linux are bytes: those that are not UTF-8 come as bytes, with the NUL at the end. */
export type PathName = string | Uint8Array;

/** Files and folders; sections 2 of the manual. All descriptors are made close-on-exec. */
export abstract class FileCalls extends CallIssuer {
  openat(dir: Fd, path: PathName, flags: number, mode = 0, options: Allow = {}): Value {
    const how = new Flags(flags | O_CLOEXEC, 'O_');
    const args = flags & O_CREAT ? [dir, path, how, mode] : [dir, path, how];
    return this.number({ name: 'openat', args, allow: options.allow });
  }

  /** The way to open anything below a root that a container could have written: give `RESOLVE_IN_ROOT`. */
  openat2(dir: Fd, path: PathName, how: OpenHow, options: Allow & Pick<Call, 'failure'> = {}): Value {
    const flags = new Flags(how.flags | O_CLOEXEC, 'O_');
    const bytes = Buffer.alloc(24);
    bytes.writeUInt32LE(how.mode ?? 0, 8);
    bytes.writeUInt32LE(how.resolve ?? 0, 16);
    const shown = () => `{flags=${showFlags(flags)}, resolve=${showFlags(new Flags(how.resolve ?? 0, 'RESOLVE_'))}}`;
    const structure = new Struct(bytes, [{ at: 0, value: flags, width: 8 }], { shown });
    const args = [dir, path, structure, bytes.length];
    return this.number({ name: 'openat2', args, retries: RETRIES, ...options });
  }

  close(fd: Fd, options: Allow = {}): Value {
    return this.number({ name: 'close', args: [fd], allow: options.allow });
  }

  closeRange(first: number, last: number, flags: number): Value {
    return this.number({ name: 'close_range', args: [first, last >>> 0, new Flags(flags, 'CLOSE_RANGE_')] });
  }

  /** Up to `size` bytes from the file's position. */
  read(fd: Fd, size: number, options: Allow = {}): Pending<Buffer> {
    return this.issue({ name: 'read', args: [fd, new Out(size), size], outByReturn: true, ...options }, (o) => o.bytes);
  }

  pread(fd: Fd, size: number, offset: number): Pending<Buffer> {
    const args = [fd, new Out(size), size, offset];
    return this.issue({ name: 'pread64', args, outByReturn: true }, (o) => o.bytes);
  }

  write(fd: Fd, data: string | Uint8Array, options: Allow & Pick<Call, 'failure'> = {}): Value {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return this.number({ name: 'write', args: [fd, bytes, bytes.length], ...options });
  }

  /** Maps a file of memory into the process, to be read there; the value is the address. */
  mmap(fd: Fd, size: number): Value {
    const args = [null, size, new Flags(PROT_READ, 'PROT_'), new Flags(MAP_SHARED, 'MAP_'), fd, 0];
    return this.number({ name: 'mmap', args });
  }

  munmap(address: number, size: number): Value {
    return this.number({ name: 'munmap', args: [address, size] });
  }

  /** Writes what lies in the process's memory, where `mmap` has put it. */
  writeFrom(fd: Fd, address: number, size: number): Value {
    return this.number({ name: 'write', args: [fd, address, size] });
  }

  lseek(fd: Fd, offset: number, whence: number): Value {
    return this.number({ name: 'lseek', args: [fd, offset, whence] });
  }

  ftruncate(fd: Fd, size: number): Value {
    return this.number({ name: 'ftruncate', args: [fd, size] });
  }

  fsync(fd: Fd): Value {
    return this.number({ name: 'fsync', args: [fd] });
  }

  flock(fd: Fd, operation: number, options: Allow = {}): Value {
    return this.number({ name: 'flock', args: [fd, new Flags(operation, 'LOCK_')], ...options });
  }

  fcntl(fd: Fd, command: number, argument: number): Value {
    return this.number({ name: 'fcntl', args: [fd, new Flags(command, '=F_'), argument] });
  }

  dup(fd: Fd): Value {
    return this.number({ name: 'dup', args: [fd] });
  }

  dup3(from: Fd, to: number, flags: number, options: Allow = {}): Value {
    return this.number({ name: 'dup3', args: [from, to, new Flags(flags, 'O_CLOEXEC')], ...options });
  }

  /** The two ends of a pipe: [read, write]. */
  pipe2(flags: number): readonly [Value, Value] {
    return this.pair(
      {
        name: 'pipe2',
        args: [new Struct(Buffer.alloc(8), [], { out: true }), new Flags(flags | O_CLOEXEC, 'O_CLOEXEC|O_NONBLOCK')],
      },
      0,
    );
  }

  /** A file in memory without a name in any folder. `flags`: MFD_*. */
  memfdCreate(name: string, flags = 0): Value {
    return this.number({ name: 'memfd_create', args: [name, new Flags(flags | MFD_CLOEXEC, 'MFD_')] });
  }

  /** A counter that read(2) waits for. `flags`: EFD_SEMAPHORE: each read takes one. */
  eventfd(initial: number, flags = 0): Value {
    return this.number({
      name: 'eventfd2',
      args: [initial, new Flags(flags | O_CLOEXEC, 'EFD_|O_CLOEXEC|O_NONBLOCK')],
    });
  }

  statx(dir: Fd, path: PathName, flags = 0, options: Allow = {}): Pending<FileStatus> {
    const args = [dir, path, new Flags(flags, 'AT_'), new Flags(STATX_BASIC_STATS, 'STATX_'), new Out(STATX_SIZE)];
    return this.issue({ name: 'statx', args, ...options }, (o) => decodeStatx(o.bytes));
  }

  fstat(fd: Fd): Pending<FileStatus> {
    return this.statx(fd, '', AT_EMPTY_PATH);
  }

  /** The type of the file system under a descriptor, one of the numbers of linux/magic.h. */
  fstatfs(fd: Fd): Pending<{ type: number }> {
    return this.issue({ name: 'fstatfs', args: [fd, new Out(120)] }, (o) => ({ type: o.bytes.readUInt32LE(0) }));
  }

  mkdirat(dir: Fd, path: PathName, mode: number, options: Allow = {}): Value {
    return this.number({ name: 'mkdirat', args: [dir, path, mode], ...options });
  }

  mkdir(path: string, mode: number, options: Allow = {}): Value {
    return this.mkdirat(AT_FDCWD, path, mode, options);
  }

  /** `device` as makedev(3) builds it. */
  mknodat(dir: Fd, path: PathName, mode: number, device: number, options: Allow = {}): Value {
    return this.number({ name: 'mknodat', args: [dir, path, mode, device], ...options });
  }

  symlinkat(target: PathName, dir: Fd, path: PathName, options: Allow = {}): Value {
    return this.number({ name: 'symlinkat', args: [target, dir, path], ...options });
  }

  readlinkat(dir: Fd, path: string, options: Allow = {}): Pending<string> {
    const args = [dir, path, new Out(4096), 4096];
    return this.issue({ name: 'readlinkat', args, outByReturn: true, ...options }, (o) => o.bytes.toString());
  }

  unlinkat(dir: Fd, path: PathName, flags = 0, options: Allow = {}): Value {
    return this.number({ name: 'unlinkat', args: [dir, path, new Flags(flags, 'AT_')], ...options });
  }

  renameat2(from: [Fd, string], to: [Fd, string], flags = 0): Value {
    return this.number({ name: 'renameat2', args: [...from, ...to, flags] });
  }

  linkat(from: [Fd, PathName], to: [Fd, PathName], flags = 0): Value {
    return this.number({ name: 'linkat', args: [...from, ...to, new Flags(flags, 'AT_')] });
  }

  fchownat(dir: Fd, path: PathName, owner: { uid: number; gid: number }, flags = 0): Value {
    return this.number({ name: 'fchownat', args: [dir, path, owner.uid, owner.gid, new Flags(flags, 'AT_')] });
  }

  fchmod(fd: Fd, mode: number, options: Allow = {}): Value {
    return this.number({ name: 'fchmod', args: [fd, mode], ...options });
  }

  fchmodat(dir: Fd, path: string, mode: number): Value {
    return this.number({ name: 'fchmodat', args: [dir, path, mode] });
  }

  umask(mask: number): Value {
    return this.number({ name: 'umask', args: [mask] });
  }

  chdir(path: string, options: Allow = {}): Value {
    return this.number({ name: 'chdir', args: [path], ...options });
  }

  fchdir(fd: Fd): Value {
    return this.number({ name: 'fchdir', args: [fd] });
  }

  getcwd(): Pending<string> {
    const decode = (o: { bytes: Buffer }) => o.bytes.toString('utf8', 0, Math.max(0, o.bytes.length - 1));
    return this.issue({ name: 'getcwd', args: [new Out(4096), 4096], outByReturn: true }, decode);
  }

  ioctl(fd: Fd, request: number, argument: number | Value | Struct | Uint8Array = 0, options: Allow = {}): Value {
    return this.number({ name: 'ioctl', args: [fd, new Flags(request, '=TIOC'), argument], ...options });
  }

  /** A descriptor call that writes two numbers to memory, as pipe2 and socketpair do; `at`: which argument that is. */
  protected pair(call: Parameters<FileCalls['number']>[0], at: number): readonly [Value, Value] {
    this.number(call);
    const memory = call.args[at];
    if (!(memory instanceof Struct)) throw new TypeError('the memory of a pair must be a Struct');
    const load = (offset: number) => this.number({ name: 'load', operation: true, args: [new Within(memory, offset)] });
    return [load(0), load(4)];
  }
}
