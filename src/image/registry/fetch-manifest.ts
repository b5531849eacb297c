import { createHash } from 'node:crypto';
import { KeelsonError } from '../../base/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { INDEX_TYPES, MANIFEST_TYPES, parseJson } from '../../spec/index.ts';
import { statusError } from './registry-error.ts';
import type { RegistrySession } from './registry-session.ts';
import { readBody } from './send.ts';

/** What the distribution specification lets registries limit manifests to. */
const LARGEST_MANIFEST = 4 << 20;
const ACCEPT = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ');

/** A manifest or index with the bytes that its digest is of. */
export interface FetchedManifest {
  descriptor: Descriptor;
  content: Buffer;
  document: unknown;
  /** What a change can be made to depend on (RFC 9110, ETag): a strong one alone. */
  entityTag: string | undefined;
}

/**
 * Gets a manifest or an index, verified where it was asked for by digest.
 * @param reference a tag or a digest
 * @throws KeelsonError `REGISTRY_*`, `CONTENT_DIGEST`, `MANIFEST_*`
 */
export async function fetchManifest(
  session: RegistrySession,
  reference: string,
  signal?: AbortSignal,
): Promise<FetchedManifest> {
  const { registry, repository } = session.name;
  const what = `cannot pull ${registry}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  const answer = await session.request(`manifests/${reference}`, {
    method: 'GET',
    headers: { accept: ACCEPT },
    signal,
  });
  const content = await readBody(answer, LARGEST_MANIFEST);
  if (answer.status !== 200) throw statusError(answer.status, what, content.toString());
  const isDigest = reference.includes(':');
  const algorithm = isDigest ? reference.slice(0, reference.indexOf(':')) : 'sha256';
  const digest = `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
  const promised = isDigest ? reference : answer.header('docker-content-digest');
  if (promised?.startsWith(`${algorithm}:`) && promised !== digest) {
    throw new KeelsonError('invalid', `${what}: the manifest that came is ${digest}`, { code: 'CONTENT_DIGEST' });
  }
  const document = parseJson(content.toString(), { code: 'MANIFEST_INVALID', document: 'image manifest' });
  const mediaType = typeOf(document, answer.header('content-type'), what);
  return {
    descriptor: { mediaType, digest, size: content.length },
    content,
    document,
    entityTag: strongTag(answer.header('etag')),
  };
}

function strongTag(tag: string | undefined): string | undefined {
  return tag?.startsWith('"') ? tag : undefined;
}

/** What is both index and manifest could be read as either by different programs (CVE-2021-41190). */
function typeOf(document: unknown, header: string | undefined, what: string): string {
  const fields = typeof document === 'object' && document !== null ? document : {};
  const isIndex = 'manifests' in fields;
  const isManifest = 'layers' in fields || 'config' in fields;
  const told = 'mediaType' in fields && typeof fields.mediaType === 'string' ? fields.mediaType : undefined;
  const type = told ?? header?.replace(/;.*/, '').trim() ?? '';
  if ('fsLayers' in fields) {
    throw new KeelsonError('unsupported', `${what}: it is in the format of Docker before 1.10`, {
      code: 'MANIFEST_TYPE',
      hint: 'push it again with a Docker of today',
    });
  }
  const fits = (INDEX_TYPES.includes(type) && isIndex) || (MANIFEST_TYPES.includes(type) && isManifest);
  if (fits && isIndex !== isManifest) return type;
  throw new KeelsonError('invalid', `${what}: what came is no image manifest (${JSON.stringify(type.slice(0, 80))})`, {
    code: 'MANIFEST_TYPE',
  });
}
