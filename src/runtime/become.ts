import { CLOSE_RANGE_CLOEXEC, ENOSYS, EPERM, F_SETFD, PR_SET_PDEATHSIG, SIGKILL } from '../kernel/index.ts';
import type { InitContext } from './init-context.ts';
import type { Identity } from './process/account-files.ts';
import { setMemoryPolicy, setPersonality } from './process/execution-domain.ts';
import { lacksHome } from './process/find-identity.ts';
import { becomeUser, giveStreams } from './process/identity.ts';
import { setResourceLimits } from './process/limits.ts';
import { forbidNewPrivileges, limitBoundingSet, setCapabilities } from './process/privileges.ts';
import { installSeccomp } from './process/seccomp.ts';
import { goToWorkingFolder } from './process/working-folder.ts';

const STDERR = 2;

/** The last batch: user, privileges, filter, and the program itself. */
export async function become(context: InitContext, identity: Identity, program: string): Promise<void> {
  const { kernel, plan, spec } = context;
  const process = spec.process;
  const capabilities = process?.capabilities ?? {};
  const cwd = process?.cwd ?? '/';
  kernel.step('Start', `go to ${cwd}`, 'process.cwd');
  const goAsUser = await goToWorkingFolder(kernel, cwd);
  // What a program inherits unless the specification says otherwise.
  kernel.umask(process?.user?.umask ?? 0o022);
  keepDescriptors(context);
  if (!plan.noNewKeyring) kernel.joinSessionKeyring(`_ses.${plan.id}`, { allow: [ENOSYS, EPERM] });
  giveStreams(context, identity);
  setResourceLimits(context);
  setPersonality(context);
  setMemoryPolicy(context);
  // Without no_new_privs a filter needs CAP_SYS_ADMIN, so it comes while that is there (seccomp(2)).
  if (!process?.noNewPrivileges) installSeccomp(context);
  limitBoundingSet(context, capabilities);
  becomeUser(context, identity);
  setCapabilities(context, capabilities);
  goAsUser();
  forbidNewPrivileges(context);
  if (process?.noNewPrivileges) installSeccomp(context);
  kernel.step(
    'Start',
    plan.endsWithUs ? 'end with the process that made us' : 'live on without the process that made us',
  );
  // Set again where it is wanted: becoming another user has cleared it.
  kernel.prctl(PR_SET_PDEATHSIG, plan.endsWithUs ? SIGKILL : 0);
  await execute(context, identity, program);
}

/** All of ours is close-on-exec; whatever our own parent left open, and nobody asked to keep, is made so (CVE-2024-21626). */
function keepDescriptors({ kernel, plan }: InitContext): void {
  const end = 3 + (plan.stdio.preservedDescriptors ?? 0);
  kernel.closeRange(end, -1, CLOSE_RANGE_CLOEXEC);
  for (let fd = 3; fd < end; fd++) kernel.fcntl(fd, F_SETFD, 0);
}

async function execute(context: InitContext, identity: Identity, program: string): Promise<void> {
  const { kernel, spec, gate } = context;
  const args = spec.process?.args ?? [];
  const env = environment(context, identity);
  if (gate === undefined) {
    kernel.step('Start', `run ${program}`, 'process.args');
    kernel.execve(program, args, env);
    return kernel.flush();
  }
  await kernel.depart((last) => {
    last.step('Start', `wait at the gate, then run ${program}`, 'process.args');
    last.read(gate, 1);
    last.execve(program, args, env, { allow: 'any' });
    // Nobody of ours is there to be told, and nobody would tell the user.
    const reason = 'its interpreter is missing, or it is no program for this machine';
    last.write(STDERR, `exec ${program}: ${reason}\n`, { allow: 'any' });
    last.exit(1);
  });
}

function environment({ plan, spec }: InitContext, identity: Identity): string[] {
  // Of two values for one name the later counts, at the place of the earlier, as with runc.
  const variables = new Map((spec.process?.env ?? []).map((variable) => [variable.split('=', 1)[0], variable]));
  if (plan.setHome && lacksHome(spec)) variables.set('HOME', `HOME=${identity.home}`);
  return [...variables.values()];
}
