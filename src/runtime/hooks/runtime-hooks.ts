import type { RuntimeStatus } from '../../spec/index.ts';
import type { LaunchPlan } from '../launch-plan.ts';
import type { RuntimeHost } from '../runtime-host.ts';
import { hookState } from './hook-state.ts';
import { runHook } from './run-hook.ts';

/** Those that run where the runtime runs: in its namespaces, by paths of the host. */
export type RuntimeHookKind = 'prestart' | 'createRuntime' | 'poststart' | 'poststop';

interface RuntimeHooks {
  plan: Pick<LaunchPlan, 'id' | 'spec' | 'hooks'>;
  status: RuntimeStatus;
  /** Of the container's first process; left out when that has ended. */
  pid?: number;
}

/**
 * Runs the hooks of some kinds in their order, each from the same folder. A hook that fails ends it, except after
 * the container: then the rest runs all the same.
 * @throws KeelsonError internal `HOOK_FAILED`, the first one's
 */
export async function runRuntimeHooks(
  host: RuntimeHost,
  kinds: readonly RuntimeHookKind[],
  { plan, status, pid }: RuntimeHooks,
): Promise<void> {
  const runs = kinds.flatMap((kind) => (plan.spec.hooks?.[kind] ?? []).map((hook, index) => ({ kind, hook, index })));
  if (runs.length === 0) return;
  const state = hookState(plan, { status, pid });
  const environment = plan.hooks?.environment ?? [];
  const failures: unknown[] = [];
  const kernel = await host.process({ stdin: 'none', stdout: 'none', stderr: 'none' }, runs.length);
  try {
    if (plan.hooks) kernel.chdir(plan.hooks.folder);
    for (const { kind, hook, index } of runs) {
      const begin = (child: typeof kernel) => {
        child.execve(hook.path, hook.args ?? [hook.path], hook.env ?? environment);
        return child.flush();
      };
      const ended = runHook(kernel, { name: `${kind} hook #${index}`, hook, state, begin });
      if (kind !== 'poststop') await ended;
      else await ended.catch((error: unknown) => failures.push(error));
    }
  } finally {
    kernel.release();
    await kernel.closed;
  }
  if (failures.length > 0) throw failures[0];
}
