import type { Resources } from '../../../spec/index.ts';
import { annotationProperties } from './annotation-properties.ts';
import { booleanProperty, textProperty } from './property.ts';
import { resourceProperties, type SystemdFacts } from './resource-properties.ts';
import type { UnitProperty } from './systemd.ts';
import type { SystemdUnit } from './systemd-unit.ts';
import { oomPolicyProperties } from './unified-properties.ts';

export interface UnitRequest {
  unit: SystemdUnit;
  /** The container's first process. */
  pid: number;
  resources: Resources;
  annotations: Readonly<Record<string, string>>;
  facts: SystemdFacts;
}

/** Everything that systemd is told of a new container; of what is said twice the last counts. */
export function unitProperties({ unit, pid, resources, annotations, facts }: UnitRequest): UnitProperty[] {
  const accounts = ['Memory', 'CPU', facts.cgroups === 1 ? 'BlockIO' : 'IO', 'Tasks'];
  return [
    textProperty('Description', `keelson container ${unit.title}`),
    textProperty('Slice', unit.slice),
    // What is below it is the container's: systemd leaves it alone.
    booleanProperty('Delegate', true),
    { name: 'PIDs', signature: 'au', value: [pid] },
    ...accounts.map((name) => booleanProperty(`${name}Accounting`, true)),
    // Or it would be stopped early when the machine goes down, before the engine can stop it in order.
    booleanProperty('DefaultDependencies', false),
    ...annotationProperties(annotations),
    ...oomPolicyProperties(resources.unified ?? {}),
    ...resourceProperties(resources, facts),
  ];
}
