import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  EBADF,
  EEXIST,
  ELOOP,
  ENOENT,
  ENOTDIR,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFLNK,
  S_IFMT,
} from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import type { BatchedCalls } from './batched-calls.ts';
import { joined } from './entry-path.ts';
import { pathBytes } from './path-bytes.ts';

/** Links within the root are followed inside it, as Docker, containerd and umoci do; nothing leads out of it. */
const RESOLVE = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

/**
 * What is set on a folder last: a time that new entries would change, a mode that might forbid them, an owner and a mode that
 * they might take after (open(2), "bsdgroups").
 */
export interface FolderAttributes {
  mode: number;
  mtime: bigint;
  uid: number;
  gid: number;
}

/** What is known of a folder: what an entry said, that it was made without one, or that it was there. */
type Known = FolderAttributes | 'made' | 'found';

export interface FolderTreeOptions {
  root: Fd;
  /** A link of a layer below at this path gives way to a folder, as in Docker and Podman, where it is in another tree. */
  isForeign: (path: ByteString) => boolean;
  /** May we give folders away? */
  privileged: boolean;
}

/** The folders of a layer that is being unpacked. */
export class FolderTree {
  readonly #batch: BatchedCalls;
  readonly #kernel: Kernel;
  readonly #root: Fd;
  readonly #isForeign: (path: ByteString) => boolean;
  readonly #privileged: boolean;
  #hasLinks = false;
  readonly #known = new Map<ByteString, Known>();
  /** The folders opened last, since neighbours in an archive are mostly neighbours in the tree. */
  #open: { path: ByteString; fd: Fd }[] = [];

  constructor(batch: BatchedCalls, { root, isForeign, privileged }: FolderTreeOptions) {
    this.#batch = batch;
    this.#kernel = batch.kernel;
    this.#root = root;
    this.#isForeign = isForeign;
    this.#privileged = privileged;
    this.#known.set('', 'made');
  }

  /** The descriptor of a folder, if it was opened last. */
  opened(path: ByteString): Fd | undefined {
    if (path === '') return this.#root;
    const last = this.#open[0];
    return last?.path === path ? last.fd : undefined;
  }

  /**
   * A descriptor of the folder at `path`, made where it is missing. Good until two other folders were opened. It comes in an
   * object: an async function that answered a value to come would wait for it, and so for the agent at each folder.
   */
  async open(path: ByteString): Promise<{ fd: Fd }> {
    if (path === '') return { fd: this.#root };
    const at = this.#open.findIndex((folder) => folder.path === path);
    const [found] = at < 0 ? [] : this.#open.splice(at, 1);
    if (!found) {
      if (!this.#known.has(path)) await this.#ensure(path);
      for (const { fd } of this.#open.splice(1)) this.#kernel.close(fd);
    }
    const folder = found ?? { path, fd: this.#resolve(path) };
    this.#open.unshift(folder);
    return folder;
  }

  /** An entry of the layer described a folder; its attributes are set at the end. */
  describe(path: ByteString, { mode, mtime, uid, gid }: FolderAttributes): void {
    this.#known.set(path, { mode, mtime, uid, gid });
  }

  /** Was the way to a folder found instead of made? Then it may be a link, and one file has several paths. */
  get hasLinks(): boolean {
    return this.#hasLinks;
  }

  has(path: ByteString): boolean {
    return this.#known.has(path);
  }

  /** Did an entry describe it? */
  isDescribed(path: ByteString): boolean {
    return typeof this.#known.get(path) === 'object';
  }

  /** A folder was removed, with all it held but for what entries of this layer described, if that is `kept`. */
  forget(path: ByteString, { kept }: { kept: boolean }): void {
    const below = path === '' ? '' : `${path}/`;
    for (const [known, attributes] of this.#known) {
      const isBelow = known !== '' && (known === path || known.startsWith(below));
      if (isBelow && !(kept && typeof attributes === 'object')) this.#known.delete(known);
    }
    for (const { fd } of this.#open.splice(0)) this.#kernel.close(fd);
  }

  /**
   * Gives folders that no entry described the owner, mode and time that they have in the layers below.
   * @param lower their roots, the topmost first
   */
  async inherit(lower: readonly Fd[]): Promise<void> {
    for (const [path, known] of this.#known) {
      if (known === 'made') this.#known.set(path, (await this.#inherit(path, lower)) ?? 'made');
    }
  }

  /** Sets what was left for last, the deepest folder first. */
  async finish(): Promise<void> {
    for (const { fd } of this.#open.splice(0)) this.#kernel.close(fd);
    for (const [path, attributes] of [...this.#known].toReversed()) {
      if (typeof attributes === 'string') continue;
      const { mode, mtime, uid, gid } = attributes;
      this.#kernel.step('Image', `set the mode and time of ${path || '/'}`);
      // Where links lead to one folder by two names, it may be gone by the other one.
      const fd = path === '' ? this.#root : this.#resolve(path, [ENOENT, ENOTDIR, ELOOP]);
      if (this.#privileged) this.#kernel.fchown(fd, { uid, gid }, { allow: [EBADF] });
      this.#kernel.fchmod(fd, mode, { allow: [EBADF] });
      this.#kernel.utimensat(fd, null, mtime, { allow: [EBADF] });
      if (path !== '') this.#kernel.close(fd, { allow: [EBADF] });
      await this.#batch.count(5, path.length + 350);
    }
  }

  #resolve(path: ByteString, allow: readonly number[] = []): Fd {
    return this.#kernel.openat2(
      this.#root,
      pathBytes(path || '.'),
      { flags: O_RDONLY | O_DIRECTORY, resolve: RESOLVE },
      { allow },
    );
  }

  /** Makes the folders of a path that no entry of this layer described. */
  async #ensure(path: ByteString): Promise<void> {
    let folder = '';
    for (const base of path.split('/')) {
      const child = joined({ folder, base });
      if (!this.#known.has(child)) {
        this.#kernel.step('Image', `make the folder ${child}`);
        const parent = folder === '' ? this.#root : this.#resolve(folder);
        if (this.#isForeign(child)) await this.#removeLink(parent, base);
        const made = this.#kernel.mkdirat(parent, pathBytes(base), 0o755, { allow: [EEXIST] });
        if (folder !== '') this.#kernel.close(parent);
        const isNew = (await made) === 0;
        this.#known.set(child, isNew ? 'made' : 'found');
        this.#hasLinks ||= !isNew;
      }
      folder = child;
    }
  }

  async #removeLink(parent: Fd, base: ByteString): Promise<void> {
    const status = await this.#kernel.statx(parent, pathBytes(base), AT_SYMLINK_NOFOLLOW, { allow: [ENOENT] });
    if ((status.mode & S_IFMT) === S_IFLNK) this.#kernel.unlinkat(parent, pathBytes(base));
  }

  /** A folder's owner, mode and time in the layers below. */
  async #inherit(path: ByteString, lowers: readonly Fd[]): Promise<FolderAttributes | undefined> {
    const fd = await openBelow(this.#kernel, path, lowers);
    if (fd === undefined) return undefined;
    const status = await this.#kernel.statx(fd, '', AT_EMPTY_PATH);
    this.#kernel.close(fd);
    return { mode: status.mode & 0o7777, mtime: status.mtime, uid: status.uid, gid: status.gid };
  }
}

/**
 * The folder that overlayfs would merge with one at this path in a layer above: of the topmost layer that has the name,
 * if it is a folder there. The caller closes the descriptor.
 */
export async function openBelow(kernel: Kernel, path: ByteString, lower: readonly Fd[]): Promise<Fd | undefined> {
  const how = { flags: O_PATH | O_DIRECTORY | O_NOFOLLOW, resolve: RESOLVE | RESOLVE_NO_SYMLINKS };
  for (const root of lower) {
    const fd = await kernel.openat2(root, pathBytes(path || '.'), how, { allow: [ENOENT, ENOTDIR, ELOOP] });
    if (fd !== -ENOENT) return fd < 0 ? undefined : fd;
  }
  return undefined;
}
