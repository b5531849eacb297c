import assert from 'node:assert/strict';
import { completeSpec } from '../complete-spec.ts';
import type { Linux } from '../linux.ts';
import type { Mount } from '../mount.ts';
import type { NamespaceType } from '../namespace.ts';
import type { Process } from '../process.ts';
import type { Resources } from '../resources/resources.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import { examineRuntimeSpec } from './parse-runtime-spec.ts';

/** The complete specification with some of it replaced. */
export function spec(changes: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return { ...completeSpec(), ...changes };
}

export function process(changes: Partial<Process>): RuntimeSpec {
  return spec({ process: { cwd: '/', args: ['sh'], ...changes } });
}

export function linux(changes: Partial<Linux>): RuntimeSpec {
  return spec({ linux: { ...completeSpec().linux, ...changes } });
}

export function resources(changes: Resources): RuntimeSpec {
  return linux({ resources: changes });
}

export function mount(changes: Partial<Mount>): RuntimeSpec {
  return spec({ mounts: [{ destination: '/x', type: 'tmpfs', source: 'tmpfs', ...changes }] });
}

export function without(...types: NamespaceType[]): Pick<Linux, 'namespaces'> {
  return { namespaces: completeSpec().linux?.namespaces?.filter(({ type }) => !types.includes(type)) };
}

const paths = (value: unknown) => examineRuntimeSpec(value).problems.map(({ path }) => path);
export const warned = (value: unknown) => {
  const { problems, warnings } = examineRuntimeSpec(value);
  assert.deepEqual(problems, []);
  return warnings.map(({ path }) => path);
};

export const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });

/** A wrong document, what is wrong with it, and where that must be reported. */
export type Case = [what: string, value: unknown, ...paths: string[]];

export const assertRefused = ([, value, ...expected]: Case) => assert.deepEqual(paths(value), expected);

/** Without what the complete specification warns of. */
export function quiet(value: RuntimeSpec): RuntimeSpec {
  return { ...value, hooks: {}, linux: { ...value.linux, resources: {} } };
}
