import { openRuntime, type RuntimeHookKind, runRuntimeHooks } from '../runtime/index.ts';
import type { RuntimeStatus } from '../spec/index.ts';
import { bundleOf, type ContainerState } from './container-state.ts';
import type { OciContext } from './oci-context.ts';

/** What hooks find around them. */
export function hookSurroundings(bundle: string, { env }: Pick<OciContext, 'env'>) {
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`);
  return { bundle, environment };
}

/** Runs those hooks of a container that is on record which run outside. @throws KeelsonError internal `HOOK_FAILED` */
export async function runStateHooks(
  context: Pick<OciContext, 'env'>,
  kind: RuntimeHookKind,
  { state, status }: { state: ContainerState; status: RuntimeStatus },
): Promise<void> {
  const { id, config, init_process_pid: pid } = state;
  if (!config.spec.hooks?.[kind]?.length) return;
  const plan = { id, spec: config.spec, hooks: hookSurroundings(bundleOf(state), context) };
  const living = status === 'stopped' ? {} : { pid };
  await runRuntimeHooks(await openRuntime(), [kind], { plan, status, ...living });
}
