import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  EBADF,
  EEXIST,
  ELOOP,
  ENOENT,
  ENOTDIR,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_XDEV,
} from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import type { BatchedCalls } from './batched-calls.ts';
import { joined } from './entry-path.ts';
import { pathBytes } from './path-bytes.ts';

/** Links within the root are followed inside it, as Docker, containerd and umoci do; nothing leads out of it. */
const RESOLVE = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

/** What is set on a folder last: a time that new entries would change, a mode that might forbid them. */
export interface FolderAttributes {
  mode: number;
  mtime: bigint;
}

/** The folders of a layer that is being unpacked. */
export class FolderTree {
  readonly #batch: BatchedCalls;
  readonly #kernel: Kernel;
  readonly #root: Fd;
  /** Roots of the layers below, the topmost first: a folder that this layer does not describe is described there. */
  readonly #lower: readonly Fd[];
  readonly #known = new Map<ByteString, FolderAttributes | undefined>();
  /** The folders opened last, since neighbours in an archive are mostly neighbours in the tree. */
  #open: { path: ByteString; fd: Fd }[] = [];

  constructor(batch: BatchedCalls, { root, lower }: { root: Fd; lower: readonly Fd[] }) {
    this.#batch = batch;
    this.#kernel = batch.kernel;
    this.#root = root;
    this.#lower = lower;
  }

  /** To be called first: the root is as in the layers below, unless an entry says otherwise. */
  async begin(): Promise<void> {
    if (this.#lower.length > 0) this.#known.set('', await this.#inherit(''));
  }

  /** A descriptor of the folder at `path`, made where it is missing. Good until two other folders were opened. */
  async open(path: ByteString): Promise<Fd> {
    if (path === '') return this.#root;
    const at = this.#open.findIndex((folder) => folder.path === path);
    const [found] = at < 0 ? [] : this.#open.splice(at, 1);
    if (!found) {
      if (!this.#known.has(path)) await this.#ensure(path);
      for (const { fd } of this.#open.splice(1)) this.#kernel.close(fd);
    }
    const folder = found ?? { path, fd: this.#resolve(path) };
    this.#open.unshift(folder);
    return folder.fd;
  }

  /** An entry of the layer described a folder; its attributes are set at the end. */
  describe(path: ByteString, attributes: FolderAttributes): void {
    this.#known.set(path, attributes);
  }

  has(path: ByteString): boolean {
    return this.#known.has(path);
  }

  /** A folder was removed, with all it held but for what entries of this layer described, if that is `kept`. */
  forget(path: ByteString, { kept }: { kept: boolean }): void {
    const below = path === '' ? '' : `${path}/`;
    for (const [known, attributes] of this.#known) {
      if ((known === path || known.startsWith(below)) && !(kept && attributes)) this.#known.delete(known);
    }
    for (const { fd } of this.#open.splice(0)) this.#kernel.close(fd);
  }

  /** Sets what was left for last, the deepest folder first. */
  async finish(): Promise<void> {
    for (const { fd } of this.#open.splice(0)) this.#kernel.close(fd);
    for (const [path, attributes] of [...this.#known].toReversed()) {
      if (!attributes) continue;
      const { mode, mtime } = attributes;
      this.#kernel.step('Image', `set the mode and time of ${path || '/'}`);
      // Where links lead to one folder by two names, it may be gone by the other one.
      const fd = path === '' ? this.#root : this.#resolve(path, [ENOENT, ENOTDIR, ELOOP]);
      this.#kernel.fchmod(fd, mode, { allow: [EBADF] });
      this.#kernel.utimensat(fd, null, mtime, { allow: [EBADF] });
      if (path !== '') this.#kernel.close(fd, { allow: [EBADF] });
      await this.#batch.count(4, path.length + 300);
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

  /** Makes the folders of a path that no entry of this layer described, as they are in the layers below. */
  async #ensure(path: ByteString): Promise<void> {
    let folder = '';
    for (const base of path.split('/')) {
      const child = joined({ folder, base });
      if (!this.#known.has(child)) {
        this.#kernel.step('Image', `make the folder ${child}`);
        const parent = folder === '' ? this.#root : this.#resolve(folder);
        const made = this.#kernel.mkdirat(parent, pathBytes(base), 0o755, { allow: [EEXIST] });
        if (folder !== '') this.#kernel.close(parent);
        const isNew = (await made) === 0;
        this.#known.set(child, isNew ? await this.#inherit(child) : undefined);
      }
      folder = child;
    }
  }

  /** Gives a folder the owner that it has in the layers below; answers its mode and time there. */
  async #inherit(path: ByteString): Promise<FolderAttributes | undefined> {
    for (const lower of this.#lower) {
      const how = { flags: O_PATH | O_DIRECTORY, resolve: RESOLVE };
      const fd = await this.#kernel.openat2(lower, pathBytes(path || '.'), how, { allow: [ENOENT, ENOTDIR, ELOOP] });
      if (fd === -ENOENT) continue;
      if (fd < 0) return undefined;
      const status = await this.#kernel.statx(fd, '', AT_EMPTY_PATH);
      this.#kernel.close(fd);
      const own = this.#resolve(path);
      this.#kernel.fchown(own, status);
      this.#kernel.close(own);
      return { mode: status.mode & 0o7777, mtime: status.mtime };
    }
    return undefined;
  }
}
