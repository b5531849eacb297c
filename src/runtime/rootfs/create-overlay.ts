import { release } from 'node:os';
import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, O_DIRECTORY, O_PATH, OPEN_TREE_CLONE } from '../../kernel/index.ts';
import type { RootPlan } from '../launch-plan.ts';
import { isKernelAtLeast, parseKernelVersion } from '../seccomp/kernel-version.ts';

type OverlayFolders = Omit<Extract<RootPlan, { kind: 'overlay' }>, 'kind'>;

/** How overlayfs takes its lower folders: one at a time (Linux 6.5), or in one text. */
export type LowerSyntax = 'key-each' | 'one-text';

const MNT_DETACH = 2;
/** Of fsconfig(2): the kernel copies 256 bytes, with the one that ends the text. */
const LONGEST_VALUE = 255;
/** Of mount(2): one page, with the byte that ends the text. */
const LONGEST_DATA = 4095;
/**
 * The kernel's defaults differ between distributions (CONFIG_OVERLAY_FS_REDIRECT_DIR, _METACOPY). With either on, what a
 * container writes is no layer by itself: a renamed folder only says where its content lies, a changed owner only that it did.
 * `nofollow`, not `off`: that one still follows a redirection where the kernel says so (REDIRECT_ALWAYS_FOLLOW).
 */
const WHOLE_FILES = { redirect_dir: 'nofollow', metacopy: 'off' };

/** What the running kernel takes. By its release, since a trial would cost each start an answer to wait for. */
export function lowerSyntax(kernelRelease = release()): LowerSyntax {
  const version = parseKernelVersion(kernelRelease, "the kernel's release");
  return isKernelAtLeast(version, { major: 6, minor: 5 }) ? 'key-each' : 'one-text';
}

/**
 * An overlay that is attached nowhere yet. The mount namespace must be the caller's own: before Linux 6.5 the overlay
 * lies over its upper folder for a moment.
 */
export function createOverlay(kernel: Kernel, root: OverlayFolders, syntax: LowerSyntax = lowerSyntax()): Fd {
  if (fits(root, syntax)) return create(kernel, root, { place: root.upper, syntax });
  const before = kernel.openat(AT_FDCWD, '.', O_PATH | O_DIRECTORY);
  const names = nameShortly(kernel, root);
  const overlay = create(kernel, names, { place: root.upper, syntax });
  kernel.fchdir(before);
  kernel.close(before);
  return overlay;
}

/** Can the folders be given by their own paths? Escapes are not tried: their rules changed between kernels. */
function fits(root: OverlayFolders, syntax: LowerSyntax): boolean {
  const all = [...root.lower, root.upper, root.work];
  if (syntax === 'key-each') {
    // Escapes are still taken out of these two, though nothing needs them any more.
    if (/\\/.test(root.upper + root.work)) return false;
    return all.every((path) => Buffer.byteLength(path) <= LONGEST_VALUE);
  }
  return !all.some((path) => /[\\:,"]/.test(path)) && Buffer.byteLength(optionText(root)) <= LONGEST_DATA;
}

function optionText({ lower, upper, work }: OverlayFolders): string {
  const fixed = Object.entries(WHOLE_FILES).map(([key, value]) => `,${key}=${value}`);
  return `lowerdir=${lower.join(':')},upperdir=${upper},workdir=${work}${fixed.join('')}`;
}

/** Goes to a folder of links to the folders, in a file system that is mounted nowhere: short names without special characters. */
function nameShortly(kernel: Kernel, root: OverlayFolders): OverlayFolders {
  const fs = kernel.fsopen('tmpfs');
  kernel.fsconfigSet(fs, 'mode', '0700');
  kernel.fsconfigCreate(fs);
  const shelf = kernel.fsmount(fs, 0);
  kernel.close(fs);
  const link = (path: string, name: string) => {
    kernel.symlinkat(path, shelf, name);
    return name;
  };
  const names = {
    lower: root.lower.map((path, index) => link(path, String(index))),
    upper: link(root.upper, 'upper'),
    work: link(root.work, 'work'),
  };
  kernel.fchdir(shelf);
  kernel.close(shelf);
  return names;
}

function create(kernel: Kernel, root: OverlayFolders, how: { place: string; syntax: LowerSyntax }): Fd {
  if (how.syntax === 'one-text') {
    // fsconfig(2) would cut the text off at 256 bytes, mount(2) takes a page of it.
    kernel.mount('overlay', how.place, 'overlay', 0, optionText(root));
    const overlay = kernel.openTree(AT_FDCWD, how.place, OPEN_TREE_CLONE);
    kernel.umount2(how.place, MNT_DETACH);
    return overlay;
  }
  const fs = kernel.fsopen('overlay');
  // One key a layer: a colon in a path needs no escape, and their number is not bound by a page.
  for (const lower of root.lower) kernel.fsconfigSet(fs, 'lowerdir+', lower);
  kernel.fsconfigSet(fs, 'upperdir', root.upper);
  kernel.fsconfigSet(fs, 'workdir', root.work);
  for (const [key, value] of Object.entries(WHOLE_FILES)) kernel.fsconfigSet(fs, key, value);
  kernel.fsconfigCreate(fs);
  const mount = kernel.fsmount(fs, 0);
  kernel.close(fs);
  return mount;
}
