import { posix } from 'node:path';
import type { Call, Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_EMPTY_PATH,
  EEXIST,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EROFS,
  O_CREAT,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  OPEN_TREE_CLONE,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  SyscallError,
} from '../../kernel/index.ts';

/** File systems that we just made: nothing of the image is in them, so a path in them can be opened from their own root. */
const OURS = ['/dev', '/proc', '/sys'] as const;

/**
 * The container's root while it is being built, always reached through descriptors: each path is resolved by
 * openat2(2) with RESOLVE_IN_ROOT, so that no symbolic link of the image leads outside (CVE-2021-30465,
 * CVE-2019-19921, CVE-2025-31133). All methods issue calls and wait for nothing.
 */
export class RootTree {
  readonly kernel: Kernel;
  /** The root folder's own mount. */
  readonly root: Fd;
  readonly #mounts = new Map<string, Fd>();

  constructor(kernel: Kernel, root: Fd) {
    this.kernel = kernel;
    this.root = root;
  }

  /** The descriptor of a mount that `attach` put at exactly this path. */
  mountAt(path: string): Fd | undefined {
    return this.#mounts.get(normalize(path));
  }

  /** A handle (O_PATH) of what is at `path`. `strict`: no symbolic link anywhere on the way. */
  open(path: string, options: { flags?: number; strict?: boolean; allow?: readonly number[] | 'any' } = {}): Fd {
    const { dir, rest } = this.#base(normalize(path));
    const flags = options.flags ?? O_PATH;
    const resolve = RESOLVE_IN_ROOT | (options.strict ? RESOLVE_NO_SYMLINKS : 0);
    const failure = options.strict ? notPlain(path, 'file') : undefined;
    return this.kernel.openat2(dir, rest, { flags, resolve }, { allow: options.allow, failure });
  }

  /** A folder to mount on; it and its parents are made where they are missing. */
  folder(path: string, mode = 0o755): Fd {
    const clean = normalize(path);
    const { dir, rest } = this.#base(clean);
    // The places of kernel file systems must be real folders, also if somebody writes `proc` or `//proc`: behind a link,
    // devices would be made elsewhere (CVE-2019-19921, CVE-2023-28642).
    const strict = OURS.some((ours) => clean === ours || clean.startsWith(`${ours}/`));
    let parent = dir;
    let walked = '';
    for (const part of rest.split('/').filter((p) => p !== '' && p !== '.')) {
      this.kernel.mkdirat(parent, part, mode, { allow: [EEXIST, EROFS] });
      walked = walked === '' ? part : `${walked}/${part}`;
      const resolve = RESOLVE_IN_ROOT | (strict ? RESOLVE_NO_SYMLINKS : 0);
      parent = this.kernel.openat2(
        dir,
        walked,
        { flags: O_PATH | O_DIRECTORY, resolve },
        { failure: notPlain(path, 'folder') },
      );
    }
    return parent;
  }

  /** A file to mount on, made empty where it is missing. `strict`: what is there must be no symbolic link. */
  file(path: string, { strict = false } = {}): Fd {
    const clean = normalize(path);
    const parent = this.folder(posix.dirname(clean));
    const name = posix.basename(clean);
    // O_NOFOLLOW with O_CREAT: a dangling link is not followed, an existing one is opened below, inside the root.
    const created = this.kernel.openat2(
      parent,
      name,
      { flags: O_CREAT | O_NOFOLLOW, mode: 0o644, resolve: RESOLVE_IN_ROOT },
      { allow: 'any' },
    );
    this.kernel.close(created, { allow: 'any' });
    return this.open(clean, { strict });
  }

  /** Attaches a mount to `path`, over `target`, which was opened for it. */
  attach(mount: Fd, target: Fd, path: string): void {
    const clean = normalize(path);
    this.kernel.moveMount(mount, target);
    for (const known of this.#mounts.keys()) if (known.startsWith(`${clean}/`)) this.#mounts.delete(known);
    this.#mounts.set(clean, mount);
  }

  /** A copy of the mount at `handle`, attached nowhere yet. `flags`: AT_RECURSIVE. */
  cloneMount(handle: Fd, flags = 0): Fd {
    return this.kernel.openTree(handle, '', OPEN_TREE_CLONE | AT_EMPTY_PATH | flags);
  }

  #base(path: string): { dir: Fd; rest: string } {
    for (const ours of OURS) {
      const mount = this.#mounts.get(ours);
      if (mount !== undefined && path.startsWith(`${ours}/`)) return { dir: mount, rest: path.slice(ours.length + 1) };
    }
    return { dir: this.root, rest: path === '/' ? '.' : path.slice(1) };
  }
}

/** A rootfs may hold a link or something else where a mount goes; behind a link, it would be made elsewhere or nowhere. */
function notPlain(path: string, kind: 'file' | 'folder'): (errno: number, call: Call) => Error {
  const other = kind === 'folder' ? 'a link or a file' : 'a link';
  const hint = `make ${path} a plain ${kind} in the root file system: ${other} is in its way`;
  return (errno, call) => new SyscallError(call, errno, [ELOOP, ENOENT, ENOTDIR].includes(errno) ? hint : undefined);
}

/** Absolute, without `..`: a destination may be relative or climb, but never above the root. */
export function normalize(path: string): string {
  return posix.normalize(`/${path}`).replace(/(.)\/+$/, '$1');
}
