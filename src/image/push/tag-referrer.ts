import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { type Descriptor, type ImageIndex, OCI_INDEX, parseImageIndex } from '../../spec/index.ts';
import { fetchManifest } from '../registry/fetch-manifest.ts';
import { putContent } from './put-manifest.ts';
import type { UploadContext } from './upload-blob.ts';

/** Bytes that a registry takes as a manifest at most. */
const LARGEST_INDEX = 4 << 20;

/**
 * Tells a registry that lists no referrers itself what a manifest is attached to: in an index under a tag that is made of the
 * subject's digest (distribution-spec 1.1, "Pushing Manifests with Subject"; the tag is that of "Referrers Tag Schema"). The
 * specification has no lock: of two clients that attach something to one subject in the same moment, one may be forgotten.
 * @param referrer the manifest that is there now
 */
export async function tagReferrer(context: UploadContext, referrer: Descriptor, subject: string): Promise<void> {
  const tag = subject.replace(':', '-').slice(0, 128);
  const index = await currentIndex(context, tag);
  if (index.manifests.some(({ digest }) => digest === referrer.digest)) return;
  const content = Buffer.from(JSON.stringify({ ...index, manifests: [...index.manifests, referrer] }));
  if (content.length > LARGEST_INDEX) {
    throw new KeelsonError('exhausted', `too much is attached to ${subject}: no registry takes so long an index`, {
      code: 'REGISTRY_TOO_LARGE',
      hint: `remove what is old from the tag ${tag}`,
    });
  }
  await putContent(context, { content, mediaType: OCI_INDEX }, tag);
}

async function currentIndex({ session, signal }: UploadContext, tag: string): Promise<ImageIndex> {
  try {
    const { document } = await fetchManifest(session, tag, signal);
    return { ...parseImageIndex(document), mediaType: OCI_INDEX };
  } catch (error) {
    if (!isKeelsonError(error, 'not-found')) throw error;
    return { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
  }
}
