// host-path: only programs of the host are looked for, in its own folders
import { existsSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { Fd, Kernel } from '../../kernel/index.ts';
import {
  AT_FDCWD,
  CLONE_NEWNS,
  ENOENT,
  ENOTDIR,
  F_SETFD,
  MS_PRIVATE,
  MS_REC,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  PR_SET_PDEATHSIG,
  SIGKILL,
  shellExitCode,
} from '../../kernel/index.ts';
import type { RootPlan } from '../launch-plan.ts';
import type { RuntimeHost } from '../runtime-host.ts';
import { createOverlay } from './create-overlay.ts';
import { RootTree } from './root-tree.ts';

const HEADING = 'Volumes';
const LONGEST_LINE = 1024;
const PROGRAMS = ['/usr/bin/cp', '/bin/cp'];

/**
 * Copies what a root file system has at `path` into the folder `to` of the host, with owners, modes, times, links and
 * extended attributes, also of the folder itself. Nothing there, or no folder: nothing is copied.
 *
 * The root is mounted for this alone, in a mount namespace of a process of its own, before its container runs. `cp` gets
 * both ends by descriptor and follows no link below them.
 */
export async function copyOut(
  host: RuntimeHost,
  root: RootPlan,
  { path, to }: { path: string; to: string },
): Promise<void> {
  const runtime = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' });
  try {
    // It may have a line for each of a thousand files; one is enough.
    const errors = runtime.memfdCreate('errors');
    runtime.step(HEADING, `clone a process that copies ${path} of the image`);
    const { pidfd, kernel } = runtime.clone(CLONE_NEWNS, { name: 'copier' });
    const { exited } = runtime.watch(pidfd);
    exited.catch(() => undefined); // told by what failed before
    const started = await startCopy(kernel, root, { path, to, errors });
    if (!started) return;
    const status = shellExitCode(await exited);
    if (status === 0) return;
    const reason = firstLine(await runtime.pread(errors, LONGEST_LINE, 0)) || `cp ended with ${status}`;
    throw new KeelsonError('internal', `cannot copy ${path} of the image to the volume: ${reason}`, {
      code: 'VOLUME_COPY',
      hint: 'mount it with nocopy, or look for a full disk',
    });
  } finally {
    runtime.release();
    await runtime.closed;
  }
}

/** `cp: error writing '/proc/self/fd/8/./file': No space left on device`, without what says nothing to a reader. */
function firstLine(text: Buffer): string {
  const [line = ''] = text.toString().split('\n');
  return line.replace(/^cp: /, '').replace(/\/proc\/self\/fd\/\d+\/\.?\/?/g, '');
}

/** False: there is nothing to copy. */
async function startCopy(
  kernel: Kernel,
  root: RootPlan,
  { path, to, errors }: { path: string; to: string; errors: Fd },
): Promise<boolean> {
  try {
    // Nobody waits for what it copies once its parent has gone; cp(1) keeps this (prctl(2)).
    kernel.prctl(PR_SET_PDEATHSIG, SIGKILL);
    kernel.mount(null, '/', null, MS_PRIVATE | MS_REC);
    const tree = new RootTree(kernel, openRoot(kernel, root));
    const from = await tree.open(path, { flags: O_RDONLY | O_DIRECTORY, allow: [ENOENT, ENOTDIR] });
    if (from < 0) return false;
    const target = await kernel.openat(AT_FDCWD, to, O_RDONLY | O_DIRECTORY);
    for (const fd of [from, target]) kernel.fcntl(fd, F_SETFD, 0);
    kernel.dup3(errors, 2, 0);
    const program = PROGRAMS.find((file) => existsSync(file)) ?? '/bin/cp';
    kernel.execve(program, ['cp', '-a', '--', `/proc/self/fd/${from}/.`, `/proc/self/fd/${target}/`], ['LC_ALL=C']);
    await kernel.flush();
    return true;
  } finally {
    kernel.release();
  }
}

function openRoot(kernel: Kernel, root: RootPlan): Fd {
  if (root.kind === 'folder') return kernel.openat(AT_FDCWD, root.path, O_PATH | O_DIRECTORY);
  return createOverlay(kernel, root);
}
