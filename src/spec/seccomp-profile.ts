import type { LinuxSeccompArgument, SeccompAction, SeccompArchitecture, SeccompFlag } from './linux-seccomp.ts';
import { argumentSchema, SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS } from './runtime/seccomp-schema.ts';
import { list, object, optional } from './schema/composites.ts';
import { parseJson } from './schema/parse-json.ts';
import { matching, oneOf, string, uint32 } from './schema/scalars.ts';
import { type DocumentName, readDocument, type Schema } from './schema/schema.ts';

/**
 * A seccomp profile as `docker run --security-opt seccomp=FILE` takes it: `LinuxSeccomp` with conditions on where it is
 * used (https://docs.docker.com/engine/security/seccomp/, types of github.com/moby/profiles/seccomp).
 */
export interface SeccompProfile {
  defaultAction?: SeccompAction | undefined;
  defaultErrnoRet?: number | undefined;
  architectures?: readonly SeccompArchitecture[] | undefined;
  /** Instead of `architectures`: a machine's own architecture, and those whose programs it also runs. */
  archMap?: readonly SeccompArchitectureMapping[] | undefined;
  flags?: readonly SeccompFlag[] | undefined;
  listenerPath?: string | undefined;
  listenerMetadata?: string | undefined;
  syscalls?: readonly SeccompProfileRule[] | undefined;
}

export interface SeccompArchitectureMapping {
  architecture: SeccompArchitecture;
  subArchitectures?: readonly SeccompArchitecture[] | undefined;
}

export interface SeccompProfileRule {
  names?: readonly string[] | undefined;
  /** Instead of `names`, in old profiles. */
  name?: string | undefined;
  action: SeccompAction;
  errnoRet?: number | undefined;
  args?: readonly LinuxSeccompArgument[] | undefined;
  /** The rule counts only where all of this holds. */
  includes?: SeccompProfileFilter | undefined;
  /** The rule does not count where any of this holds. */
  excludes?: SeccompProfileFilter | undefined;
}

export interface SeccompProfileFilter {
  /** Capabilities of the bounding set. */
  caps?: readonly string[] | undefined;
  /** Machines, by Go's names: `amd64`, `arm64`. */
  arches?: readonly string[] | undefined;
  /** Least kernel, `4.8`. */
  minKernel?: string | undefined;
}

const filterSchema: Schema<SeccompProfileFilter> = object<SeccompProfileFilter>({
  caps: optional(list(string)),
  arches: optional(list(string)),
  minKernel: optional(matching(/^(\d{1,3}\.\d{1,3})?$/, 'a kernel version such as "4.8"')),
});

const ruleSchema: Schema<SeccompProfileRule> = object<SeccompProfileRule>({
  names: optional(list(string)),
  name: optional(string),
  action: oneOf(SECCOMP_ACTIONS),
  errnoRet: optional(uint32),
  args: optional(list(argumentSchema)),
  includes: optional(filterSchema),
  excludes: optional(filterSchema),
});

const mappingSchema: Schema<SeccompArchitectureMapping> = object<SeccompArchitectureMapping>({
  architecture: oneOf(SECCOMP_ARCHITECTURES),
  subArchitectures: optional(list(oneOf(SECCOMP_ARCHITECTURES))),
});

const profileSchema: Schema<SeccompProfile> = object<SeccompProfile>({
  defaultAction: optional(oneOf(SECCOMP_ACTIONS)),
  defaultErrnoRet: optional(uint32),
  architectures: optional(list(oneOf(SECCOMP_ARCHITECTURES))),
  archMap: optional(list(mappingSchema)),
  flags: optional(list(oneOf(SECCOMP_FLAGS))),
  listenerPath: optional(string),
  listenerMetadata: optional(string),
  syscalls: optional(list(ruleSchema)),
});

const PROFILE: DocumentName = { document: 'seccomp profile', code: 'SECCOMP_PROFILE_INVALID' };

/**
 * Reads the text of a profile: types and ranges only. Unknown fields are left out, as Docker does.
 *
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID`, naming the field
 */
export function readSeccompProfile(text: string): SeccompProfile {
  return readDocument(profileSchema, parseJson(text, PROFILE), PROFILE);
}
