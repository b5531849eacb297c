import type { Fd, FileStatus, Kernel } from '../../kernel/index.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from '../../kernel/index.ts';
import type { ByteString, TarEntryType } from '../tar/tar-entry.ts';
import { type NewTarEntry, TAR_END, tarHead, tarPadding } from '../tar/tar-writer.ts';
import { pathBytes } from '../unpack/path-bytes.ts';
import type { TreeEntry } from './merged-folder.ts';
import { openEntry, openToRead } from './open-entry.ts';
import { refuseRedirect } from './read-folder.ts';

/** Sockets have no type: they are nothing without the process that listens. */
const TYPES: Readonly<Record<number, TarEntryType>> = {
  [S_IFREG]: 'file',
  [S_IFDIR]: 'folder',
  [S_IFLNK]: 'symlink',
  [S_IFCHR]: 'character',
  [S_IFBLK]: 'block',
  [S_IFIFO]: 'fifo',
};
const CHUNK = 256 << 10;
/** The host's own labels and seals, and what overlayfs notes: none of it is the container's. */
const FOREIGN = /^((trusted|user)\.overlay\.|security\.(selinux|ima|evm|apparmor|SMACK))/;

export interface ArchiveOptions {
  /** Owner and capabilities as the container sees them, where its ids are not the host's. */
  idsOf?: ((layer: Fd) => IdChange | undefined) | undefined;
}

/** A host's user or group id as a container's. */
export interface IdChange {
  uid(id: number): number;
  gid(id: number): number;
}

/** An archive of a tree. A marker is an empty file that tells of something removed. */
export async function* archiveTree(
  kernel: Kernel,
  entries: AsyncIterable<TreeEntry | { marker: ByteString }>,
  { idsOf = () => undefined }: ArchiveOptions = {},
): AsyncGenerator<Buffer> {
  /** The first path of each file that has several. */
  const linked = new Map<string, ByteString>();
  for await (const entry of entries) {
    if ('marker' in entry) yield tarHead({ type: 'file', name: entry.marker, mode: 0o600 }, 0);
    else yield* archiveEntry(kernel, entry, { linked, ids: idsOf(entry.layer) });
  }
  yield TAR_END;
}

async function* archiveEntry(
  kernel: Kernel,
  { path, layer }: TreeEntry,
  { linked, ids }: { linked: Map<string, ByteString>; ids: IdChange | undefined },
): AsyncGenerator<Buffer> {
  kernel.step('Image', `archive ${path || '/'}`);
  const fd = await openEntry(kernel, layer, path);
  // A container that runs may have removed it.
  if (fd === undefined) return;
  try {
    const status = await kernel.fstat(fd);
    const type = TYPES[status.mode & S_IFMT];
    if (type === undefined) return;
    const entry = describe({ path, status, type }, ids);
    const link = type === 'folder' ? undefined : linkOf(linked, path, status);
    if (link !== undefined) yield tarHead({ ...entry, type: 'hardlink', link }, 0);
    else if (type === 'file' || type === 'folder') yield* archiveContent(kernel, { fd, entry, size: status.size, ids });
    else {
      const leads = type === 'symlink' ? { link: (await kernel.freadlink(fd)).toString('latin1') } : {};
      // Neither can be opened for it (a device would do something then): by the link in /proc to the descriptor.
      const xattrs = await attributesOf(kernel, { from: `/proc/self/fd/${fd}`, name: path, ids });
      yield tarHead({ ...entry, ...leads, xattrs }, 0);
    }
  } finally {
    await kernel.close(fd);
  }
}

function describe(
  { path, status, type }: { path: ByteString; status: FileStatus; type: TarEntryType },
  ids: IdChange | undefined,
): NewTarEntry {
  const { mode, uid, gid, mtime, rdevMajor, rdevMinor } = status;
  return {
    type,
    name: path === '' ? './' : type === 'folder' ? `${path}/` : path,
    mode: mode & 0o7777,
    uid: ids ? ids.uid(uid) : uid,
    gid: ids ? ids.gid(gid) : gid,
    mtime,
    deviceMajor: rdevMajor,
    deviceMinor: rdevMinor,
  };
}

function linkOf(linked: Map<string, ByteString>, path: ByteString, status: FileStatus): ByteString | undefined {
  if (status.nlink < 2) return undefined;
  const key = `${status.devMajor}:${status.devMinor}:${status.ino}`;
  const first = linked.get(key);
  if (first === undefined) linked.set(key, path);
  return first;
}

/** A file or folder with its attributes. */
async function* archiveContent(
  kernel: Kernel,
  { fd, entry, size, ids }: { fd: number; entry: NewTarEntry; size: number; ids: IdChange | undefined },
): AsyncGenerator<Buffer> {
  const opened = await openToRead(kernel, fd);
  try {
    const xattrs = await attributesOf(kernel, { from: opened, name: entry.name, ids });
    if (entry.type === 'folder') return yield tarHead({ ...entry, xattrs }, 0);
    yield tarHead({ ...entry, xattrs }, size);
    for (let at = 0; at < size; ) {
      const bytes = await kernel.pread(opened, Math.min(CHUNK, size - at), at);
      // Cut short by a container that runs: the rest is zeros, as in GNU tar's archive.
      const chunk = bytes.length > 0 ? bytes : Buffer.alloc(Math.min(CHUNK, size - at));
      yield Buffer.from(chunk);
      at += chunk.length;
    }
    yield tarPadding(size);
  } finally {
    await kernel.close(opened);
  }
}

async function attributesOf(
  kernel: Kernel,
  { from, name, ids }: { from: number | string; name: ByteString; ids: IdChange | undefined },
): Promise<ReadonlyMap<ByteString, Buffer>> {
  const names = await (typeof from === 'number' ? kernel.flistxattr(from) : kernel.listxattr(from));
  refuseRedirect(name, names);
  const attributes = new Map<ByteString, Buffer>();
  for (const key of names.filter((one) => !FOREIGN.test(one)).sort()) {
    const bytes = pathBytes(key);
    const value = await (typeof from === 'number' ? kernel.fgetxattr(from, bytes) : kernel.getxattr(from, bytes));
    if (value) attributes.set(key, key === 'security.capability' && ids ? withoutOwner(value) : Buffer.from(value));
  }
  return attributes;
}

/** Version 3 of a file's capabilities names the root of a user namespace, which is another one elsewhere: back to version 2. */
function withoutOwner(value: Buffer): Buffer {
  if (value.length !== 24 || value[3] !== 3) return Buffer.from(value);
  const plain = Buffer.from(value.subarray(0, 20));
  plain[3] = 2;
  return plain;
}
