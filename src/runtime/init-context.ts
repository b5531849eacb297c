import type { Fd, Kernel } from '../kernel/index.ts';
import type { RuntimeSpec } from '../spec/index.ts';
import type { LaunchPlan } from './launch-plan.ts';
import type { SeccompListener } from './seccomp/listener.ts';

/** What the steps that run inside the new namespaces share. */
export interface InitContext {
  /** The child that becomes the container's init. */
  kernel: Kernel;
  plan: LaunchPlan;
  spec: RuntimeSpec;
  /** The FIFO that `plan.gate` names. */
  gate?: Fd | undefined;
  /** Takes the descriptor by which somebody else decides over calls; without it those answer ENOSYS. */
  listener?: SeccompListener | undefined;
}

/** The flag that caused a field of the spec, or the field itself: what `--explain` shows. */
export function because(context: Pick<InitContext, 'plan'>, field: string): string {
  return context.plan.because?.[field] ?? field;
}

/** Is the container in a user namespace of its own? Then the kernel refuses some calls, and others mean less. */
export function hasUserNamespace(spec: RuntimeSpec): boolean {
  return spec.linux?.namespaces?.some((n) => n.type === 'user') ?? false;
}
