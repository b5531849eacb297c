import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_SYMLINK_NOFOLLOW,
  EBADF,
  EEXIST,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EOPNOTSUPP,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../kernel/index.ts';
import type { ByteString, TarEntry, TarPart } from '../tar/tar-entry.ts';
import { BatchedCalls } from './batched-calls.ts';
import type { EntryPath } from './entry-path.ts';
import { entryPath, joined, shownName } from './entry-path.ts';
import { FolderTree, openBelow } from './folder-tree.ts';
import { NameFilter } from './name-filter.ts';
import { pathBytes } from './path-bytes.ts';
import { entryNames, removeTree } from './remove-tree.ts';
import { setSpecialAttributes } from './special-attributes.ts';
import type { Spool, Spooled } from './spool.ts';
import { type Whiteout, whiteoutOf } from './whiteout.ts';

export interface UnpackOptions {
  /** Holds the content of files. */
  spool: Spool;
  /** The folder that the layer is unpacked into. */
  root: Fd;
  /**
   * What becomes of a marker for something removed: `mark` leaves one in overlayfs's form, `remove` removes from what
   * was in `root` before, `ignore` is for the lowest layer, which has nothing below.
   */
  whiteouts: 'mark' | 'remove' | 'ignore';
  /** Without privilege all files are ours and devices are left out. */
  privileged: boolean;
  /** What is made in `root` is root's own at once, user and group. */
  ownedByRoot?: boolean;
}

/** XATTR_SIZE_MAX of linux/limits.h. */
const LARGEST_XATTR = 65_536;

/** `name` as overlayfs reads it; without privilege it reads the names of the `user.` kind (overlayfs.rst, "userxattr"). */
const OPAQUE = 'overlay.opaque';

/**
 * Acts on the parts of a layer's archive, in order, below one descriptor. Every name is resolved by the kernel from there
 * with RESOLVE_IN_ROOT, and the last part of it is never followed: no byte leaves the root, whatever the archive says.
 */
export class LayerUnpacker {
  readonly #options: UnpackOptions;
  readonly #kernel: Kernel;
  readonly #batch: BatchedCalls;
  readonly #folders: FolderTree;
  /** Paths of this layer, for its markers, which concern the layers below alone. */
  readonly #made = new Set<ByteString>();
  /** Names that may be taken by something that this layer made. */
  readonly #taken = new NameFilter();
  /** What this layer removed from those below, by folder: marked when those are there. */
  readonly #hidden = new Map<ByteString, ByteString[]>();
  #file: { fd: Fd; entry: TarEntry } | undefined;
  #hidesAll = false;
  /** The chunk that is being unpacked, and where it lies in the spool. */
  #spooled: { chunk: Buffer; offset: number } = { chunk: Buffer.alloc(0), offset: 0 };
  #position = 0;

  constructor(kernel: Kernel, options: UnpackOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#batch = new BatchedCalls(kernel);
    this.#batch.onDone = () => {
      // Of the chunk that is being unpacked more may be to come.
      const position = this.#position;
      return () => options.spool.free(position);
    };
    const isForeign = (path: ByteString) => options.whiteouts === 'remove' && !this.#made.has(path);
    this.#folders = new FolderTree(this.#batch, { root: options.root, isForeign, privileged: options.privileged });
  }

  /** Unpacks the parts of a chunk, whose bytes lie in `spool` too. */
  async applyAll(parts: Iterable<TarPart>, chunk: Buffer, { offset, position }: Spooled): Promise<void> {
    this.#spooled = { chunk, offset };
    this.#position = position;
    for (const part of parts) {
      // To wait where nothing is to be waited for would take longer than most parts.
      const more = this.#apply(part);
      if (more !== undefined) await more;
    }
  }

  #apply(part: TarPart): Promise<void> | undefined {
    if (part.kind === 'entry') return this.#enter(part.entry);
    if (!this.#file) return undefined;
    const { fd, entry } = this.#file;
    if (part.kind === 'content') return this.#write(fd, part.bytes);
    this.#file = undefined;
    this.#setOwner(fd, entry);
    if (entry.xattrs.size > 0) return this.#setXattrs(fd, entry).then(() => this.#finishFile(fd, entry));
    return this.#finishFile(fd, entry);
  }

  #finishFile(fd: Fd, entry: TarEntry): Promise<void> | undefined {
    // The rest of the mode it has from the start, but chown(2) takes these away, and open(2) may not give them.
    if (entry.mode & 0o7000) this.#kernel.fchmod(fd, entry.mode);
    this.#kernel.utimensat(fd, null, entry.mtime);
    this.#kernel.close(fd);
    return this.#batch.count(4, 400);
  }

  /** Waits until more of it is made, so that there is room in the spool. */
  async advance(): Promise<void> {
    await this.#batch.advance();
  }

  /** Everything of the archive is made. */
  async settle(): Promise<void> {
    await this.#batch.finish();
  }

  /**
   * What remains once the layers below are there: their folders' attributes, and times.
   * @param lower roots of the layers below, the topmost first; empty when they were unpacked into `root` itself
   */
  async finish(lower: readonly Fd[]): Promise<void> {
    await this.#folders.inherit(lower);
    await this.#markHidden(lower);
    if (this.#hidesAll) for (const fd of lower) await this.#hideEntries(fd);
    await this.#folders.finish();
    await this.#batch.finish();
  }

  #write(to: Fd, bytes: Buffer): Promise<void> | undefined {
    const { chunk, offset } = this.#spooled;
    const at = offset + bytes.byteOffset - chunk.byteOffset;
    return this.#batch.write(to, this.#options.spool.address + at, bytes.length);
  }

  #enter(entry: TarEntry): Promise<void> | undefined {
    const path = entryPath(entry.name);
    const whiteout = whiteoutOf(path);
    this.#kernel.stepOf('Image', entry.name, stepTitle);
    return entry.type === 'file' && !whiteout ? this.#enterFile(path, entry) : this.#enterOther(path, entry, whiteout);
  }

  /** At once where nothing is to be asked or waited for, as for most files. */
  #enterFile(path: EntryPath, entry: TarEntry): Promise<void> | undefined {
    const dir = path.base === '' ? undefined : this.#folders.opened(path.folder);
    const full = joined(path);
    if (
      dir === undefined ||
      this.#options.whiteouts === 'remove' ||
      this.#folders.has(full) ||
      this.#mayBeTaken(full)
    ) {
      return this.#enterOther(path, entry, undefined);
    }
    this.#createFile(dir, path, entry);
    return this.#batch.count(4, 500 + entry.name.length);
  }

  async #enterOther(path: EntryPath, entry: TarEntry, whiteout: Whiteout | undefined): Promise<void> {
    if (whiteout && this.#options.whiteouts === 'ignore') return;
    if (whiteout?.kind === 'opaque') await this.#hideAll(path.folder);
    else if (whiteout?.kind === 'remove') await this.#hide({ folder: path.folder, base: whiteout.base });
    else if (!whiteout) await this.#make(path, entry);
    const full = this.#batch.count(4, 500 + entry.name.length + entry.link.length);
    if (full !== undefined) await full;
  }

  async #make(path: EntryPath, entry: TarEntry): Promise<void> {
    const full = joined(path);
    if (entry.type !== 'folder') {
      if (path.base === '') throw new KeelsonError('invalid', 'layer: its root is no folder', { code: 'LAYER_ROOT' });
      if (this.#folders.has(full)) await this.#replaceFolder(full);
    }
    if (this.#options.whiteouts === 'remove') this.#made.add(full);
    if (path.base === '') {
      await this.#setXattrs(this.#options.root, entry);
      return this.#folders.describe('', entry);
    }
    const dir = this.#folders.opened(path.folder) ?? (await this.#folders.open(path.folder)).fd;
    const name = pathBytes(path.base);
    if (this.#mayBeTaken(full)) {
      const removed = this.#kernel.unlinkat(dir, name, 0, { allow: [ENOENT, EISDIR] });
      // Only here can there be a folder that this layer knows nothing of.
      const mayBeFolder = this.#options.whiteouts === 'remove' && entry.type !== 'folder';
      if (mayBeFolder && (await removed) === -EISDIR) await removeTree(this.#kernel, full, { dir: this.#options.root });
    }
    if (entry.type === 'folder') await this.#makeFolder(dir, path, entry);
    else if (entry.type === 'file') this.#createFile(dir, path, entry);
    else if (entry.type === 'hardlink') await this.#link(dir, path, entry);
    else {
      this.#makeSpecial(dir, path, entry);
      if (entry.xattrs.size > 0) await setSpecialAttributes(this.#kernel, { dir, name }, entry.xattrs);
    }
  }

  #createFile(dir: Fd, { base }: EntryPath, entry: TarEntry): void {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    this.#file = { fd: this.#kernel.openat(dir, pathBytes(base), flags, entry.mode & 0o777), entry };
  }

  /** Only what this layer made can have the name where it is unpacked alone; but through a link it has others too. */
  #mayBeTaken(path: ByteString): boolean {
    const isKnown = this.#taken.add(path);
    return isKnown || this.#options.whiteouts === 'remove' || this.#folders.hasLinks;
  }

  async #makeFolder(dir: Fd, path: EntryPath, entry: TarEntry): Promise<void> {
    const full = joined(path);
    this.#kernel.mkdirat(dir, pathBytes(path.base), 0o700, { allow: [EEXIST] });
    if (entry.xattrs.size > 0) {
      const fd = this.#kernel.openat(dir, pathBytes(path.base), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      await this.#setXattrs(fd, entry);
      this.#kernel.close(fd);
    }
    this.#folders.describe(full, entry);
  }

  async #link(dir: Fd, path: EntryPath, entry: TarEntry): Promise<void> {
    const target = entryPath(entry.link);
    if (target.base === '') throw new KeelsonError('invalid', 'layer: a hard link to its root', { code: 'LAYER_PATH' });
    const from = await this.#folders.open(target.folder);
    this.#kernel.linkat([from.fd, pathBytes(target.base)], [dir, pathBytes(path.base)]);
  }

  #makeSpecial(dir: Fd, path: EntryPath, entry: TarEntry): void {
    const kernel = this.#kernel;
    const { privileged } = this.#options;
    const name = pathBytes(path.base);
    const isDevice = entry.type === 'character' || entry.type === 'block';
    if (isDevice && !privileged) return;
    // Over other layers overlayfs takes it for a whiteout, as with Docker; so it is none where there are none.
    const isWhiteout = entry.type === 'character' && deviceNumber(entry) === 0;
    if (isWhiteout && this.#options.whiteouts !== 'mark') return;
    if (entry.type === 'symlink') kernel.symlinkat(pathBytes(entry.link), dir, name);
    else {
      const type = entry.type === 'character' ? S_IFCHR : entry.type === 'block' ? S_IFBLK : S_IFIFO;
      kernel.mknodat(dir, name, type | entry.mode, deviceNumber(entry));
    }
    if (this.#needsOwner(entry)) kernel.fchownat(dir, name, entry, AT_SYMLINK_NOFOLLOW);
    kernel.utimensat(dir, name, entry.mtime, { flags: AT_SYMLINK_NOFOLLOW });
  }

  /** Before the rest: chown(2) takes setuid bits and file capabilities away. */
  #setOwner(fd: Fd, entry: TarEntry): void {
    if (this.#needsOwner(entry)) this.#kernel.fchown(fd, entry);
  }

  #needsOwner({ uid, gid }: TarEntry): boolean {
    return this.#options.privileged && !(this.#options.ownedByRoot && uid === 0 && gid === 0);
  }

  async #setXattrs(fd: Fd, entry: TarEntry): Promise<void> {
    for (const [name, value] of entry.xattrs) {
      // With these a layer would tell overlayfs to take its files from elsewhere (redirect, metacopy, origin).
      if (/^(trusted|user)\.overlay\./.test(name)) continue;
      if (value.length > LARGEST_XATTR) {
        const shown = `${shownName(name)} of ${shownName(entry.name)}`;
        throw new KeelsonError('invalid', `layer: the attribute ${shown} is too large`, { code: 'LAYER_XATTR' });
      }
      this.#kernel.fsetxattr(fd, pathBytes(name), value, { allow: [EOPNOTSUPP] });
      await this.#batch.count(1, name.length + value.length);
    }
  }

  /** A folder of this layer gives way to something else of this layer. */
  async #replaceFolder(path: ByteString): Promise<void> {
    this.#folders.forget(path, { kept: false });
    for (const made of this.#made) if (made === path || made.startsWith(`${path}/`)) this.#made.delete(made);
    await this.#batch.finish();
    await removeTree(this.#kernel, path, { dir: this.#options.root });
  }

  async #removeLower(path: ByteString): Promise<void> {
    this.#folders.forget(path, { kept: true });
    await this.#batch.finish();
    await removeTree(this.#kernel, path, { dir: this.#options.root, keep: (made) => this.#made.has(made) });
  }

  async #hide(path: EntryPath): Promise<void> {
    await this.#folders.open(path.folder);
    if (this.#options.whiteouts === 'remove') return this.#removeLower(joined(path));
    const others = this.#hidden.get(path.folder);
    if (others) others.push(path.base);
    else this.#hidden.set(path.folder, [path.base]);
  }

  async #markHidden(lower: readonly Fd[]): Promise<void> {
    for (const [folder, names] of this.#hidden) {
      // In a folder that overlayfs does not merge with one below it would show the whiteout.
      if (!(await isFolderBelow(this.#kernel, folder, lower))) continue;
      for (const base of names) await this.#mark((await this.#folders.open(folder)).fd, base);
    }
  }

  /** What this layer has of the name stays; if it is a folder, nothing shines through. */
  async #mark(dir: Fd, base: ByteString): Promise<void> {
    const name = pathBytes(base);
    // Device 0/0 needs no privilege (Linux 5.8).
    this.#kernel.mknodat(dir, name, S_IFCHR, 0, { allow: [EEXIST] });
    const allow = [ENOENT, ENOTDIR, ELOOP];
    const fd = this.#kernel.openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, { allow });
    this.#markOpaque(fd);
    this.#kernel.close(fd, { allow: [EBADF] });
    await this.#batch.count(4, 300);
  }

  async #hideAll(folder: ByteString): Promise<void> {
    if (this.#options.whiteouts === 'remove') {
      await this.#folders.open(folder);
      this.#made.add(folder);
      return this.#removeLower(folder);
    }
    // The kernel does not look for the mark on the root of a layer.
    if (folder === '') this.#hidesAll = true;
    else this.#markOpaque((await this.#folders.open(folder)).fd);
  }

  /** A whiteout for each name in the root of a layer below; what this layer has there shows nothing of that one. */
  async #hideEntries(lower: Fd): Promise<void> {
    const fd = await this.#kernel.openat(lower, '.', O_RDONLY | O_DIRECTORY);
    for (let names = await entryNames(this.#kernel, fd); names.length > 0; names = await entryNames(this.#kernel, fd)) {
      for (const base of names) await this.#mark(this.#options.root, base);
    }
    await this.#kernel.close(fd);
  }

  #markOpaque(fd: Fd): void {
    const name = `${this.#options.privileged ? 'trusted' : 'user'}.${OPAQUE}`;
    this.#kernel.fsetxattr(fd, name, Buffer.from('y'), { allow: [EBADF] });
  }
}

function stepTitle(name: ByteString): string {
  return `unpack ${shownName(name)}`;
}

async function isFolderBelow(kernel: Kernel, folder: ByteString, lower: readonly Fd[]): Promise<boolean> {
  const fd = await openBelow(kernel, folder, lower);
  if (fd !== undefined) kernel.close(fd);
  return fd !== undefined;
}

/** As makedev(3) builds it. */
function deviceNumber({ type, deviceMajor, deviceMinor }: TarEntry): number {
  if (type === 'fifo') return 0;
  return (((deviceMinor & 0xfff00) << 12) | (deviceMajor << 8) | (deviceMinor & 0xff)) >>> 0;
}
