// host-path: the host's list of mounts, before anything of the container was moved
import { readFileSync } from 'node:fs';
import { EINVAL, EPERM, type Fd, MS_MOVE, MS_REC, MS_SLAVE } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';

const HEADING = 'Root file system';
const MNT_DETACH = 2;

/**
 * Moves the new root over the old one, which stays below it, and goes into it by chroot(2): for hosts whose root is the
 * first ramfs, which pivot_root(2) cannot leave. Whoever breaks out of a chroot must not find a whole /proc or /sys of the
 * host, through which the kernel would also let a new one be mounted; so these go first, as with runc.
 */
export async function moveRoot({ kernel, plan }: InitContext, root: Fd): Promise<void> {
  const own = plan.root.kind === 'folder' ? plan.root.path : plan.root.upper;
  for (const path of wholeKernelMounts(readFileSync('/proc/self/mountinfo', 'utf8'), own)) {
    kernel.step(HEADING, `take the host's ${path} away`, '--no-pivot');
    kernel.mount(null, path, null, MS_SLAVE | MS_REC);
    // A user namespace may not take off what was mounted before it; then it is covered.
    const taken = await kernel.umount2(path, MNT_DETACH, { allow: [EINVAL, EPERM] });
    if (taken < 0) kernel.mount('tmpfs', path, 'tmpfs', 0);
  }
  kernel.step(HEADING, 'move it over the old one and go into it', '--no-pivot');
  kernel.fchdir(root);
  kernel.mount('.', '/', null, MS_MOVE);
  kernel.chroot('.');
  kernel.chdir('/');
}

/** Places of procfs and sysfs mounts that show all of it, outside `own`; the innermost last. */
export function wholeKernelMounts(mountinfo: string, own: string): string[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [, root, place = ''] = /^\d+ \d+ \S+ (\S+) (\S+)/.exec(line) ?? [];
    const isWhole = root === '/' && / - (proc|sysfs) /.test(line);
    const path = place.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    return isWhole && path !== own && !path.startsWith(`${own}/`) ? [path] : [];
  });
}
