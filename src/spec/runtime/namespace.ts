import { object, optional } from '../schema/composites.ts';
import { oneOf, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** The eight kinds of namespaces(7) by the specification's names; `network` is `net` and `mount` is `mnt` in /proc. */
export const NAMESPACE_TYPES = ['pid', 'network', 'mount', 'ipc', 'uts', 'user', 'cgroup', 'time'] as const;

export type NamespaceType = (typeof NAMESPACE_TYPES)[number];

/** A namespace that the container gets: a new one, or an existing one to join. */
export interface Namespace {
  type: NamespaceType;
  /** Absolute path of the namespace to join, such as `/proc/123/ns/net`; new when missing or empty. */
  path?: string | undefined;
}

export const namespaceSchema: Schema<Namespace> = object<Namespace>({
  type: oneOf(NAMESPACE_TYPES),
  path: optional(string),
});

/** The entry of one kind; undefined when the container shares the runtime's. */
export function findNamespace(
  namespaces: readonly Namespace[] | undefined,
  type: NamespaceType,
): Namespace | undefined {
  return namespaces?.find((namespace) => namespace.type === type);
}
