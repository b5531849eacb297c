import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from '../../kernel/index.ts';
import type { Namespace, NamespaceType } from '../../spec/index.ts';

/** The flag of clone(2), unshare(2) and setns(2) for each kind of namespace. */
export const NAMESPACE_FLAGS: Readonly<Record<NamespaceType, number>> = {
  pid: CLONE_NEWPID,
  network: CLONE_NEWNET,
  mount: CLONE_NEWNS,
  ipc: CLONE_NEWIPC,
  uts: CLONE_NEWUTS,
  user: CLONE_NEWUSER,
  cgroup: CLONE_NEWCGROUP,
  time: CLONE_NEWTIME,
};

/**
 * The namespaces that clone makes. A cgroup namespace is made later, by the child in its cgroup, whose place becomes its
 * root; a time namespace before, since nobody may be in it while its clocks are set (time_namespaces(7)).
 */
export function cloneFlags(namespaces: readonly Namespace[]): number {
  return namespaces
    .filter((n) => !n.path && n.type !== 'cgroup' && n.type !== 'time')
    .reduce((flags, n) => flags | NAMESPACE_FLAGS[n.type], 0);
}
