import { OCI_VERSION, type RuntimeState, type RuntimeStatus } from '../../spec/index.ts';
import type { LaunchPlan } from '../launch-plan.ts';

/** What a hook reads from its standard input. `pid`: left out when the container has ended. */
export function hookState(
  { id, spec, hooks }: Pick<LaunchPlan, 'id' | 'spec' | 'hooks'>,
  { status, pid }: { status: RuntimeStatus; pid?: number | undefined },
): RuntimeState {
  return {
    ociVersion: OCI_VERSION,
    id,
    status,
    ...(pid === undefined ? {} : { pid }),
    bundle: hooks?.bundle ?? '/',
    ...(spec.annotations ? { annotations: spec.annotations } : {}),
  };
}
