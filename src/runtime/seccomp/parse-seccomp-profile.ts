import {
  type LinuxSeccomp,
  type LinuxSyscallRule,
  readSeccompProfile,
  type SeccompArchitecture,
  type SeccompProfile,
  type SeccompProfileFilter,
  type SeccompProfileRule,
} from '../../spec/index.ts';
import { MACHINE_ARCHITECTURES, type MachineArchitecture } from './abi.ts';
import type { SeccompCircumstances } from './default-profile.ts';
import { isKernelAtLeast, parseKernelVersion } from './kernel-version.ts';
import { invalidProfile } from './seccomp-rules.ts';

/** Docker's names in `includes.arches`: Go's names of the machines. */
const DOCKER_ARCHITECTURES: Record<MachineArchitecture, string> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Reads a profile as `docker run --security-opt seccomp=FILE` takes it, and keeps what counts for one container on one
 * machine: rules whose `includes` and `excludes` fit, and the machine's entry of `archMap`.
 *
 * @param json the text of the file
 * @throws KeelsonError `SECCOMP_PROFILE_INVALID`, naming the field
 */
export function parseSeccompProfile(json: string, circumstances: SeccompCircumstances): LinuxSeccomp {
  const { defaultAction, archMap, architectures, syscalls = [], ...others } = readSeccompProfile(json);
  if (defaultAction === undefined) {
    throw invalidProfile('seccomp profile: defaultAction', 'is missing', 'For no filter at all, say unconfined.');
  }
  return {
    ...others,
    defaultAction,
    architectures: machineArchitectures({ archMap, architectures }, circumstances.arch),
    syscalls: syscalls.flatMap((rule, index) => {
      const field = `seccomp profile: syscalls[${index}]`;
      return counts(rule, circumstances) ? [plainRule(rule, field)] : [];
    }),
  };
}

/** `architectures` as they are, or what `archMap` has for the machine. */
function machineArchitectures(
  { archMap = [], architectures = [] }: Pick<SeccompProfile, 'archMap' | 'architectures'>,
  arch: MachineArchitecture,
): readonly SeccompArchitecture[] {
  if (archMap.length === 0) return architectures;
  if (architectures.length > 0) {
    throw invalidProfile('seccomp profile: archMap', 'stands beside architectures', 'Use one of the two.');
  }
  const entry = archMap.find(({ architecture }) => architecture === MACHINE_ARCHITECTURES[arch][0]);
  return entry === undefined ? [] : [entry.architecture, ...(entry.subArchitectures ?? [])];
}

function plainRule(
  { name = '', names = [], action, errnoRet, args }: SeccompProfileRule,
  field: string,
): LinuxSyscallRule {
  if (name !== '' && names.length > 0) throw invalidProfile(`${field}.name`, 'stands beside names', 'Use names alone.');
  return { names: name === '' ? names : [name], action, errnoRet, args };
}

/** Does the rule count here? All of `includes` must hold and nothing of `excludes`. */
function counts({ includes = {}, excludes = {} }: SeccompProfileRule, here: SeccompCircumstances): boolean {
  return findings(includes, here).every((holds) => holds) && !findings(excludes, here).some((holds) => holds);
}

/** Whether each thing that a filter asks for is so; empty lists and versions ask for nothing. */
function findings({ caps = [], arches = [], minKernel = '' }: SeccompProfileFilter, here: SeccompCircumstances) {
  const found = caps.map((cap) => here.capabilities.includes(cap));
  if (arches.length > 0) found.push(arches.includes(DOCKER_ARCHITECTURES[here.arch]));
  if (minKernel !== '') {
    found.push(isKernelAtLeast(parseKernelVersion(here.kernel, 'kernel'), parseKernelVersion(minKernel, 'minKernel')));
  }
  return found;
}
