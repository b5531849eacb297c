import { KeelsonError } from '../base/index.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { needsListener } from './seccomp/listener.ts';

/**
 * Fields that a container cannot do without where they are given, and that are not carried out: they are refused before
 * anything is made. Nothing is passed over in silence.
 * @throws KeelsonError unsupported `FIELD_UNSUPPORTED`
 */
export function refuseUnsupported({ spec, init = false }: Pick<LaunchPlan, 'spec' | 'init'>): void {
  const given: [string, boolean][] = [
    // The process whose calls wait would be a grandchild, out of which nobody outside can take the descriptor.
    ['linux.seccomp.listenerPath together with an init', init && needsListener(spec)],
  ];
  const found = given.find(([, isGiven]) => isGiven);
  if (found) {
    throw new KeelsonError('unsupported', `${found[0]} of the specification is not carried out by this version`, {
      code: 'FIELD_UNSUPPORTED',
      hint: 'leave it out, or use another runtime for this container',
    });
  }
}
