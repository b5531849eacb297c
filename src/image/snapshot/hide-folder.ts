import { chmodSync, chownSync, linkSync, mkdirSync, realpathSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where a folder lies below another, as a list of names; undefined when it does not, or when it is a mount of its own,
 * which an overlay over the other does not show anyway.
 */
export function pathWithin(folder: string, below: string): string[] | undefined {
  const real = realpathSync(folder);
  const prefix = below === '/' ? '/' : `${below}/`;
  if (!real.startsWith(prefix) || statSync(real).dev !== statSync(below).dev) return undefined;
  return real.slice(prefix.length).split('/');
}

/**
 * Makes an overlay's upper folder say that `path` below `lower` was removed: the folders on the way as they are in
 * `lower`, and a whiteout (overlayfs.rst) at its end, which is a further link to an existing one, as the kernel does it
 * too since 5.8.
 */
export function hideFolder(path: readonly string[], into: { lower: string; upper: string; whiteout: string }): void {
  let { lower, upper } = into;
  for (const [i, name] of path.entries()) {
    lower = join(lower, name);
    upper = join(upper, name);
    if (i === path.length - 1) linkSync(into.whiteout, upper);
    else mkdirSync(upper, 0o700);
  }
  // From the inside out, since each new entry changes the time of the folder around it.
  for (let depth = path.length - 1; depth > 0; depth--) {
    const inside = path.slice(0, depth);
    const { mode, uid, gid, atime, mtime } = statSync(join(into.lower, ...inside));
    const copy = join(into.upper, ...inside);
    if (process.geteuid?.() === 0) chownSync(copy, uid, gid);
    chmodSync(copy, mode & 0o7777);
    utimesSync(copy, atime, mtime);
  }
}
