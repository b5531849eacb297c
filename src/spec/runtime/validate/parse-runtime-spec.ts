import { parseJson } from '../../schema/parse-json.ts';
import { type Problem, ProblemList, problemError } from '../../schema/problem.ts';
import type { DocumentName, Schema } from '../../schema/schema.ts';
import { type Process, processSchema } from '../process.ts';
import { type Resources, resourcesSchema } from '../resources/resources.ts';
import { type RuntimeSpec, runtimeSpecSchema } from '../runtime-spec.ts';
import { type Check, runChecks } from './check.ts';
import { deviceRules, devices } from './device-checks.ts';
import { annotations, rootAndProcess, utsNames, version } from './document-checks.ts';
import { hooks } from './hook-checks.ts';
import { cgroupsPath, intelRdt, memoryPolicy, seccompRules } from './linux-checks.ts';
import { maskedAndReadonlyPaths, mounts } from './mount-checks.ts';
import { namespaceList, namespacesForFields, netDevices, timeOffsets, userNamespace } from './namespace-checks.ts';
import { processChecks, under } from './process-checks.ts';
import { resourceChecks, updateChecks } from './resource-checks.ts';
import { sysctls } from './sysctl-checks.ts';
import { processWarnings, warningChecks } from './warnings.ts';

/** All rules, in the order in which they are reported: what the container is, where it lives, what it may do. */
const CHECKS: readonly Check<RuntimeSpec>[] = [
  version,
  rootAndProcess,
  (spec) => (spec.process === undefined ? [] : under('process', runChecks(processChecks, spec.process))),
  utsNames,
  namespaceList,
  namespacesForFields,
  userNamespace,
  timeOffsets,
  netDevices,
  mounts,
  maskedAndReadonlyPaths,
  devices,
  sysctls,
  cgroupsPath,
  deviceRules,
  (spec) => under('linux.resources', runChecks(resourceChecks, spec.linux?.resources ?? {})),
  intelRdt,
  memoryPolicy,
  (spec) => (spec.linux?.seccomp === undefined ? [] : under('linux.seccomp', seccompRules(spec.linux.seccomp))),
  hooks,
  annotations,
];

const WARNINGS: readonly Check<RuntimeSpec>[] = [
  (spec) => (spec.process === undefined ? [] : under('process', runChecks(processWarnings, spec.process))),
  ...warningChecks,
];

/** What the examination of a document found; the value is there exactly when there are no problems. */
export interface Report<T> {
  value: T | undefined;
  problems: Problem[];
  warnings: Problem[];
}

interface Rules<T> {
  schema: Schema<T>;
  checks: readonly Check<T>[];
  warnings: readonly Check<T>[];
}

function examine<T>(json: unknown, { schema, checks, warnings }: Rules<T>): Report<T> {
  const list = new ProblemList();
  const value = schema(json, '', list);
  // The rules rely on the types, so they have to wait until those are right.
  if (value === undefined || list.problems.length > 0)
    return { value: undefined, problems: list.problems, warnings: [] };
  const problems = runChecks(checks, value);
  if (problems.length > 0) return { value: undefined, problems, warnings: [] };
  return { value, problems, warnings: runChecks(warnings, value) };
}

/** Everything that is wrong or odd with a `config.json`, for those who show it all. Throws nothing. */
export function examineRuntimeSpec(json: unknown): Report<RuntimeSpec> {
  return examine(json, { schema: runtimeSpecSchema, checks: CHECKS, warnings: WARNINGS });
}

const CONFIG: DocumentName = { document: 'config.json', code: 'SPEC_INVALID' };

/**
 * Reads the value of a `config.json`: types and ranges of all fields first, then the rules of the specification and of
 * the kernel. Fields that are not known are left out. Nothing here looks at the host: whether a path exists, or what the
 * kernel has, is found when the container is made.
 * @param json what JSON.parse or {@link parseRuntimeSpecText} gives; may be anything
 * @throws KeelsonError `SPEC_INVALID`, with the path of the first problem and the number of the others
 */
export function parseRuntimeSpec(json: unknown): { spec: RuntimeSpec; warnings: Problem[] } {
  const { value, problems, warnings } = examineRuntimeSpec(json);
  if (value === undefined) throw problemError(CONFIG.code, CONFIG.document, problems);
  return { spec: value, warnings };
}

/** The same from the text of the file, which keeps 64-bit numbers of seccomp rules exact. */
export function parseRuntimeSpecText(text: string): { spec: RuntimeSpec; warnings: Problem[] } {
  return parseRuntimeSpec(parseJson(text, CONFIG));
}

/**
 * Reads the process that `exec --process` is to add to a container, by the same rules as that of a `config.json`.
 * @throws KeelsonError `PROCESS_INVALID`
 */
export function parseProcess(json: unknown): { process: Process; warnings: Problem[] } {
  const rules = { schema: processSchema, checks: processChecks, warnings: processWarnings };
  const { value, problems, warnings } = examine(json, rules);
  if (value === undefined) throw problemError('PROCESS_INVALID', 'process.json', problems);
  return { process: value, warnings };
}

/**
 * Reads the limits that `update --resources` is to set.
 * @throws KeelsonError `RESOURCES_INVALID`
 */
export function parseResources(json: unknown): Resources {
  const { value, problems } = examine(json, { schema: resourcesSchema, checks: updateChecks, warnings: [] });
  if (value === undefined) throw problemError('RESOURCES_INVALID', 'resources', problems);
  return value;
}
