import type { Fd } from '../../kernel/index.ts';
import { PR_SET_DUMPABLE } from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';
import { become } from '../become.ts';
import type { InitContext } from '../init-context.ts';
import type { StdioPlan } from '../launch-plan.ts';
import type { Identity } from '../process/account-files.ts';
import { hookState } from './hook-state.ts';
import { runHook } from './run-hook.ts';

const NOT_OURS: StdioPlan = { stdin: 'none', stdout: 'none', stderr: 'none' };

/** How many short-lived children of init the hooks take that run in the container's namespaces. */
export function countContainerHooks({ hooks = {} }: RuntimeSpec): number {
  return (hooks.createContainer?.length ?? 0) + (hooks.startContainer?.length ?? 0);
}

/**
 * Hooks in the container's namespaces whose programs are the host's: everything is mounted, and the root not yet
 * changed. From the new root's folder, with the environment of the container's process where they have none, as runc.
 */
export async function runCreateContainerHooks({ kernel, plan, spec }: InitContext, root: Fd): Promise<void> {
  const hooks = spec.hooks?.createContainer ?? [];
  if (hooks.length === 0) return;
  const state = hookState(plan, { status: 'creating', pid: await kernel.getpid() });
  for (const [index, hook] of hooks.entries()) {
    const begin = (child: typeof kernel) => {
      child.fchdir(root);
      child.umask(0o022);
      child.execve(hook.path, hook.args ?? [hook.path], hook.env ?? spec.process?.env ?? []);
      return child.flush();
    };
    await runHook(kernel, { name: `createContainer hook #${index}`, hook, state, begin });
  }
}

/**
 * Hooks that are programs of the container, run last before its process and as that would be: same user, privileges,
 * limits and system call filter. `pid`: of the container's first process, as the container sees it.
 */
export async function runStartContainerHooks(context: InitContext, identity: Identity, pid: number): Promise<void> {
  const { kernel, plan, spec } = context;
  const hooks = spec.hooks?.startContainer ?? [];
  if (hooks.length === 0) return;
  // Nobody in the container may trace the process that still has our channel (as CVE-2016-9962); execve ends that.
  kernel.prctl(PR_SET_DUMPABLE, 0);
  const state = hookState(plan, { status: 'created', pid });
  for (const [index, hook] of hooks.entries()) {
    const process = { cwd: '/', ...spec.process, args: hook.args ?? [hook.path], env: hook.env ?? spec.process?.env };
    const own = { ...plan, stdio: NOT_OURS, setHome: plan.setHome && hook.env === undefined };
    const begin = (child: typeof kernel) =>
      become({ kernel: child, plan: own, spec: { ...spec, process } }, identity, hook.path);
    await runHook(kernel, { name: `startContainer hook #${index}`, hook, state, begin });
  }
}
