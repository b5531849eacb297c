import type { MountConfig } from '../../spec/index.ts';

export type Propagation = NonNullable<MountConfig['propagation']>;

const PROPAGATIONS: readonly Propagation[] = ['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared'];

/** The word as a propagation (mount_namespaces(7)), if it is one. */
export function asPropagation(text: string): Propagation | undefined {
  return PROPAGATIONS.find((propagation) => propagation === text);
}
