import { KeelsonError } from '../base/index.ts';
import type { RuntimeSpec } from '../spec/index.ts';
import { hasUserNamespace } from './init-context.ts';

/**
 * Fields that a container cannot do without where they are given, and that are not carried out: they are refused before
 * anything is made. Nothing is passed over in silence.
 * @throws KeelsonError unsupported `FIELD_UNSUPPORTED`, `USER_NAMESPACE_JOINED`
 */
export function refuseUnsupported(spec: RuntimeSpec): void {
  const { linux = {} } = spec;
  const given: [string, boolean][] = [
    ['linux.intelRdt', linux.intelRdt !== undefined],
    ['linux.netDevices', Object.keys(linux.netDevices ?? {}).length > 0],
    ['linux.seccomp.listenerPath', linux.seccomp?.listenerPath !== undefined],
  ];
  const found = given.find(([, isGiven]) => isGiven);
  if (found) {
    throw new KeelsonError('unsupported', `${found[0]} of the specification is not carried out by this version`, {
      code: 'FIELD_UNSUPPORTED',
      hint: 'leave it out, or use another runtime for this container',
    });
  }
  const joined = (linux.namespaces ?? []).filter((n) => n.path && n.type !== 'pid');
  if (!hasUserNamespace(spec) || joined.length === 0) return;
  throw new KeelsonError('unsupported', `cannot join a ${joined[0]?.type} namespace from a user namespace yet`, {
    code: 'USER_NAMESPACE_JOINED',
    hint: 'share no namespaces with others, or use the user namespace of the host',
  });
}
