import { resolve } from 'node:path';
import { type RuntimeHookKind, runRuntimeHooks } from '../runtime/index.ts';
import type { RuntimeStatus } from '../spec/index.ts';
import type { CommandCall } from './command.ts';
import { bundleOf, type ContainerState } from './container-state.ts';

type Caller = Pick<CommandCall, 'context' | 'flags'>;

/** What hooks find around them. Those of a command that names a bundle run there, others where it was called. */
export function hookSurroundings(bundle: string, { context, flags }: Caller) {
  const environment = Object.entries(context.env).map(([name, value]) => `${name}=${value ?? ''}`);
  return { bundle, folder: resolve(context.folder, flags.value('bundle') ?? '.'), environment };
}

/** Runs those hooks of a container that is on record which run outside. @throws KeelsonError internal `HOOK_FAILED` */
export async function runStateHooks(
  call: Caller,
  kind: RuntimeHookKind,
  { state, status }: { state: ContainerState; status: RuntimeStatus },
): Promise<void> {
  const { id, config, init_process_pid: pid } = state;
  if (!config.spec.hooks?.[kind]?.length) return;
  const plan = { id, spec: config.spec, hooks: hookSurroundings(bundleOf(state), call) };
  const living = status === 'stopped' ? {} : { pid };
  await runRuntimeHooks(await call.context.openRuntime(), [kind], { plan, status, ...living });
}
