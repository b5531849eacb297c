import type { LaunchPlan } from '../runtime/index.ts';
import type { CommandCall } from './command.ts';

/** As whom we make a container or enter it. */
export function callerRights({
  context,
  options,
}: CommandCall): Pick<LaunchPlan, 'ordinaryUser' | 'insideUserNamespace'> {
  return { ordinaryUser: context.uid !== 0, insideUserNamespace: options.insideUserNamespace };
}
