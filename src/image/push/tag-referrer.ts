import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { type Descriptor, type ImageIndex, OCI_INDEX, parseImageIndex } from '../../spec/index.ts';
import { fetchManifest } from '../registry/fetch-manifest.ts';
import { putContent } from './put-manifest.ts';
import type { UploadContext } from './upload-blob.ts';

/** Bytes that a registry takes as a manifest at most. */
const LARGEST_INDEX = 4 << 20;
/** With each of them at least one of those who try at once gets through. */
const ATTEMPTS = 50;
const PRECONDITION_FAILED = 412;

/**
 * Tells a registry that lists no referrers itself what a manifest is attached to: in an index under a tag that is made of the
 * subject's digest (distribution-spec 1.1, "Pushing Manifests with Subject"; the tag is that of "Referrers Tag Schema").
 *
 * Somebody else may do so at the same time, and the specification has no lock. So the index takes the place of the one that
 * was read and of no other, where the registry heeds that (RFC 9110, If-Match). Not every one does: it is read again, after a
 * time in which somebody as slow as us has put what was made of the former one, and put again if we are in it no more.
 * @param referrer the manifest that is there now
 * @throws KeelsonError conflict `REFERRERS_BUSY`
 */
export async function tagReferrer(context: UploadContext, referrer: Descriptor, subject: string): Promise<void> {
  const tag = subject.replace(':', '-').slice(0, 128);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const begun = performance.now();
    const current = await currentIndex(context, tag);
    const isThere = current.index.manifests.some(({ digest }) => digest === referrer.digest);
    if (isThere) return;
    const isPut = await putIndex(context, { ...current, referrer, tag, subject });
    const taken = Math.ceil(performance.now() - begun);
    // Those who were refused together, or saw each other, do not come back together.
    await sleep(isPut ? 2 * taken : randomInt(taken + 1));
  }
  throw new KeelsonError('conflict', `others change what is attached to ${subject} all the time`, {
    code: 'REFERRERS_BUSY',
    hint: 'push it again',
  });
}

interface CurrentIndex {
  index: ImageIndex;
  /** Headers with which it is replaced only if nobody has replaced it meanwhile. */
  condition: Readonly<Record<string, string>>;
}

/** False: somebody else was faster. */
async function putIndex(
  context: UploadContext,
  { index, condition, referrer, tag, subject }: CurrentIndex & { referrer: Descriptor; tag: string; subject: string },
): Promise<boolean> {
  const content = Buffer.from(JSON.stringify({ ...index, manifests: [...index.manifests, referrer] }));
  if (content.length > LARGEST_INDEX) {
    throw new KeelsonError('exhausted', `too much is attached to ${subject}: no registry takes so long an index`, {
      code: 'REGISTRY_TOO_LARGE',
      hint: `remove what is old from the tag ${tag}`,
    });
  }
  const options = { headers: condition, allow: [PRECONDITION_FAILED] };
  const answer = await putContent(context, { content, mediaType: OCI_INDEX }, tag, options);
  return answer.status !== PRECONDITION_FAILED;
}

async function currentIndex({ session, signal }: UploadContext, tag: string): Promise<CurrentIndex> {
  try {
    const { document, entityTag } = await fetchManifest(session, tag, signal);
    const index = { ...parseImageIndex(document), mediaType: OCI_INDEX };
    return { index, condition: entityTag === undefined ? {} : { 'if-match': entityTag } };
  } catch (error) {
    if (!isKeelsonError(error, 'not-found')) throw error;
    const index = { schemaVersion: 2 as const, mediaType: OCI_INDEX, manifests: [] };
    return { index, condition: { 'if-none-match': '*' } };
  }
}
