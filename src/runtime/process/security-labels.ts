import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, ENOENT, O_WRONLY } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';

const HEADING = 'Privileges';

/**
 * The AppArmor profile and SELinux label that the program shall have: the kernel takes them for the next execve(2)
 * (proc_pid_attr(5)). Written while the host's own /proc is there, since that of an image could be a trap that swallows
 * them (CVE-2019-16884, CVE-2019-19921). `proc`: a descriptor of that folder, for whoever is in the container already.
 */
export async function setSecurityLabels(context: InitContext, proc?: Fd): Promise<void> {
  const { kernel, spec } = context;
  const { apparmorProfile, selinuxLabel } = spec.process ?? {};
  if (apparmorProfile) {
    kernel.step(HEADING, `take the AppArmor profile ${apparmorProfile}`, because(context, 'process.apparmorProfile'));
    // A folder of its own since Linux 5.8, for hosts with several security modules.
    const isOwn = await writeAttribute({ kernel, proc }, 'apparmor/exec', `exec ${apparmorProfile}`);
    if (!isOwn) await writeAttribute({ kernel, proc }, 'exec', `exec ${apparmorProfile}`);
  }
  if (selinuxLabel) {
    kernel.step(HEADING, `take the SELinux label ${selinuxLabel}`, because(context, 'process.selinuxLabel'));
    await writeAttribute({ kernel, proc }, 'exec', selinuxLabel);
  }
}

/** False: the kernel has no such file. */
async function writeAttribute(
  { kernel, proc }: { kernel: Kernel; proc: Fd | undefined },
  name: string,
  value: string,
): Promise<boolean> {
  const path = `${proc === undefined ? '/proc/' : ''}thread-self/attr/${name}`;
  const fd = await kernel.openat(proc ?? AT_FDCWD, path, O_WRONLY, 0, name === 'exec' ? {} : { allow: [ENOENT] });
  if (fd < 0) return false;
  kernel.write(fd, Buffer.from(value));
  kernel.close(fd);
  return true;
}
