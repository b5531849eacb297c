import { readdirSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  EAGAIN,
  EBADF,
  EEXIST,
  ENOENT,
  ENOTEMPTY,
  LOCK_EX,
  LOCK_NB,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_RDONLY,
  SyscallError,
} from '../../kernel/index.ts';
import { removeTree } from '../unpack/remove-tree.ts';

const FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
const PREFIX = 'draft-';
const ATTEMPTS = 5;

let counter = 0;

/**
 * A folder that is being filled, beside the place that it will take. Whoever fills it holds a lock on it, which the kernel
 * lets go when that process dies: so a draft without one is waste.
 */
export class DraftFolder {
  readonly fd: number;
  readonly #kernel: Kernel;
  /** The folder that it lies in. */
  readonly parent: number;
  readonly #name: string;
  #isOpen = true;

  private constructor(kernel: Kernel, { parent, name, fd }: { parent: number; name: string; fd: number }) {
    this.#kernel = kernel;
    this.parent = parent;
    this.#name = name;
    this.fd = fd;
  }

  /** A new draft in `folder`, which exists. Removes drafts of processes that are no more. */
  static async make(kernel: Kernel, folder: string): Promise<DraftFolder> {
    const parent = await kernel.openat(AT_FDCWD, folder, FOLDER);
    await sweep(kernel, { folder, parent });
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      counter += 1;
      const name = `${PREFIX}${process.pid}-${counter}`;
      if ((await kernel.mkdirat(parent, name, 0o755, { allow: [EEXIST] })) < 0) continue;
      const fd = await lock(kernel, parent, name);
      // Between the two calls somebody may have swept it away.
      if (fd !== undefined && (await kernel.fstat(fd)).nlink > 0) {
        await kernel.fchmod(fd, 0o755);
        return new DraftFolder(kernel, { parent, name, fd });
      }
    }
    throw new KeelsonError('conflict', `no folder can be made in ${folder}`, { code: 'SNAPSHOT_DRAFT' });
  }

  /** Gives it its name. If that is taken, what has it was there first and stays. Whether it is on the disk is not known. */
  async keep(name: string): Promise<void> {
    this.#kernel.renameat2([this.parent, this.#name], [this.parent, name]);
    try {
      await this.#kernel.flush();
    } catch (error) {
      const taken = error instanceof SyscallError && (error.errno === ENOTEMPTY || error.errno === EEXIST);
      if (!taken) throw error;
      await this.discard();
    }
  }

  /** Lets go of what is open, and of the lock. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#kernel.close(this.fd);
    this.#kernel.close(this.parent);
    await this.#kernel.flush();
  }

  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    // Calls that were sent ahead of a failure, writes to a full disk for one, fail after it: not what comes now.
    await this.#kernel.flush().catch(() => undefined);
    await removeTree(this.#kernel, this.#name, { dir: this.parent });
  }
}

async function sweep(kernel: Kernel, { folder, parent }: { folder: string; parent: number }): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PREFIX)) continue;
    const fd = await lock(kernel, parent, name);
    if (fd === undefined) continue;
    await removeTree(kernel, name, { dir: parent });
    await kernel.close(fd);
  }
}

/** A descriptor of the folder with the lock on it, unless it is gone or somebody has the lock. */
async function lock(kernel: Kernel, parent: number, name: string): Promise<number | undefined> {
  const fd = await kernel.openat(parent, name, FOLDER, 0, { allow: [ENOENT] });
  const locked = await kernel.flock(fd, LOCK_EX | LOCK_NB, { allow: [EAGAIN, EBADF] });
  if (locked === 0) return fd;
  await kernel.close(fd, { allow: [EBADF] });
  return undefined;
}
