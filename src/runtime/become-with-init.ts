import { PR_SET_PDEATHSIG, Struct, TIOCSPGRP } from '../kernel/index.ts';
import { become } from './become.ts';
import type { InitContext } from './init-context.ts';
import type { Identity } from './process/account-files.ts';
import { becomeUser } from './process/identity.ts';
import { forbidNewPrivileges, limitBoundingSet, setCapabilities } from './process/privileges.ts';

/** Pid 1 stays the agent, with the container's privileges and no more; the program is its child (`--init`). */
export async function becomeWithInit(
  context: InitContext,
  { identity, program, terminal }: { identity: Identity; program: string; terminal: boolean },
): Promise<void> {
  const { kernel, spec } = context;
  kernel.step('Start', 'become an init that forwards signals and reaps', '--init');
  // All signals wait until the init takes them one by one; the program gets them unblocked.
  kernel.sigprocmask(0, -1n);
  const child = kernel.clone(0, { name: 'program' });
  const first = kernel.flush();
  child.kernel.setpgid(0, 0);
  if (terminal) {
    const own = child.kernel.getpid();
    child.kernel.ioctl(0, TIOCSPGRP, new Struct(Buffer.alloc(4), [{ at: 0, value: own }]));
  }
  child.kernel.sigprocmask(2, 0n);
  await Promise.all([first, become({ ...context, kernel: child.kernel, listener: undefined }, identity, program)]);
  const capabilities = spec.process?.capabilities ?? {};
  limitBoundingSet(context, capabilities);
  becomeUser(context, identity);
  setCapabilities(context, capabilities);
  forbidNewPrivileges(context);
  kernel.prctl(PR_SET_PDEATHSIG, 0);
  await kernel.flush();
  kernel.becomeInit(child.pid);
  void kernel.flush();
}
