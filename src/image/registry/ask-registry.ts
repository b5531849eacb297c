import type { Descriptor } from '../../spec/index.ts';
import { parseReference } from '../reference.ts';
import { Connections } from './connections.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { findReferrers, type ReferrersQuery } from './find-referrers.ts';
import { listTags } from './list-tags.ts';
import { registryName } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { withRegistry } from './with-registry.ts';

interface Asking {
  signal?: AbortSignal | undefined;
}

/** The tags that a registry has of a name. */
export async function tagsOf(name: string, options: RegistryOptions, { signal }: Asking = {}): Promise<string[]> {
  await using connections = new Connections(options);
  return await withRegistry(registryName(parseReference(name).name), {
    options,
    connections,
    first: (session) => listTags(session, signal),
    rest: async (_session, tags) => tags,
  });
}

/** What is attached to an image at its registry; a tag is asked for its digest first. */
export async function referrersOf(
  text: string,
  options: RegistryOptions,
  query: Omit<ReferrersQuery, 'digest'> = {},
): Promise<Descriptor[]> {
  const reference = parseReference(text);
  await using connections = new Connections(options);
  return await withRegistry(registryName(reference.name), {
    options,
    connections,
    first: async (session) =>
      reference.digest ?? (await fetchManifest(session, reference.tag ?? 'latest', query.signal)).descriptor.digest,
    rest: (session, digest) => findReferrers(session, { ...query, digest }),
  });
}
