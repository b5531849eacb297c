import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, O_RDONLY } from '../../kernel/index.ts';
import type { Namespace, RuntimeSpec } from '../../spec/index.ts';
import { NAMESPACE_FLAGS } from './clone-flags.ts';

const HEADING = 'Processes and namespaces';

/** Descriptors of the namespaces to join, opened outside, where the caller's paths mean what the caller meant. */
export interface OpenNamespace {
  namespace: Namespace;
  fd: Fd;
}

export function openNamespaces(runtime: Kernel, spec: RuntimeSpec): OpenNamespace[] {
  return (spec.linux?.namespaces ?? []).flatMap((namespace) => {
    if (!namespace.path) return [];
    runtime.step(HEADING, `open the ${namespace.type} namespace ${namespace.path}`, 'linux.namespaces');
    return [{ namespace, fd: runtime.openat(AT_FDCWD, namespace.path, O_RDONLY) }];
  });
}

/** A joined pid namespace holds for the children of whoever joins it, so the parent does (pid_namespaces(7)). */
export function joinPidNamespace(runtime: Kernel, open: readonly OpenNamespace[]): void {
  const pid = open.find((o) => o.namespace.type === 'pid');
  if (!pid) return;
  runtime.step(HEADING, 'join the pid namespace, for the child to be born in', 'linux.namespaces');
  runtime.setns(pid.fd, NAMESPACE_FLAGS.pid);
}

/** The rest is joined by the child: the user namespace first, since it gives the right to join the others. */
export function joinNamespaces(init: Kernel, open: readonly OpenNamespace[]): void {
  const order = ['user', 'ipc', 'uts', 'network', 'cgroup', 'time', 'mount'] as const;
  for (const type of order) {
    const found = open.find((o) => o.namespace.type === type);
    if (!found) continue;
    init.step(HEADING, `join the ${type} namespace`, 'linux.namespaces');
    init.setns(found.fd, NAMESPACE_FLAGS[type]);
  }
}
