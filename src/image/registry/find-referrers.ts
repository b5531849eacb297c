import { isKeelsonError } from '../../base/index.ts';
import { type Descriptor, OCI_INDEX, parseImageIndex, parseJson } from '../../spec/index.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { nextPage } from './next-page.ts';
import { statusError } from './registry-error.ts';
import type { RegistrySession } from './registry-session.ts';
import { discard, readBody } from './send.ts';

const LARGEST_PAGE = 4 << 20;
const MOST_PAGES = 100;

export interface ReferrersQuery {
  /** Of the manifest that they are attached to. */
  digest: string;
  /** Only those of this type. */
  artifactType?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * What is attached to a manifest: signatures, lists of parts (distribution-spec 1.1, "Listing Referrers"). Registries without that
 * list keep it under a tag that is made of the digest.
 */
export async function findReferrers(session: RegistrySession, query: ReferrersQuery): Promise<Descriptor[]> {
  const { digest, artifactType, signal } = query;
  const filter = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
  const found: Descriptor[] = [];
  let page: string | URL | undefined = `referrers/${digest}${filter}`;
  for (let pages = 0; page !== undefined && pages < MOST_PAGES; pages++) {
    const answer = await session.request(page, { method: 'GET', headers: { accept: OCI_INDEX }, signal });
    const isIndex = answer.status === 200 && (answer.header('content-type') ?? '').startsWith(OCI_INDEX);
    if (pages === 0 && (answer.status === 404 || (answer.status === 200 && !isIndex))) {
      await discard(answer);
      found.push(...(await taggedReferrers(session, digest, signal)));
      break;
    }
    const text = (await readBody(answer, LARGEST_PAGE)).toString();
    if (!isIndex) throw statusError(answer.status, `cannot list what refers to ${digest}`, text);
    const document = parseJson(text, { code: 'INDEX_INVALID', document: `the referrers of ${digest}` });
    found.push(...parseImageIndex(document).manifests);
    page = nextPage(answer);
  }
  // A registry may not have heeded the filter.
  return found.filter((descriptor) => artifactType === undefined || descriptor.artifactType === artifactType);
}

async function taggedReferrers(
  session: RegistrySession,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  try {
    const { document } = await fetchManifest(session, digest.replace(':', '-'), signal);
    return parseImageIndex(document).manifests;
  } catch (error) {
    if (isKeelsonError(error, 'not-found')) return [];
    throw error;
  }
}
