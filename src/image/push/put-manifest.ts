import { KeelsonError } from '../../base/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { HttpAnswer } from '../registry/http-answer.ts';
import { statusError } from '../registry/registry-error.ts';
import { readBody } from '../registry/send.ts';
import type { UploadContext } from './upload-blob.ts';

const LARGEST_EXPLANATION = 64 << 10;

/**
 * Sends a manifest or an index, of which all parts are there.
 * @param reference a tag, or its digest
 * @returns what else it says: does it list what is attached to the manifest's subject?
 * @throws KeelsonError `REGISTRY_*`, `CONTENT_DIGEST`
 */
export async function putManifest(
  context: UploadContext,
  manifest: Descriptor,
  reference: string,
): Promise<{ listsReferrers: boolean }> {
  const content = await contentOf(context.store, manifest);
  const answer = await putContent(context, { content, mediaType: manifest.mediaType }, reference);
  const kept = answer.header('docker-content-digest') ?? manifest.digest;
  if (kept !== manifest.digest && kept.startsWith(manifest.digest.replace(/:.*/, ':'))) {
    const what = target(context, reference);
    throw new KeelsonError('invalid', `${what}: the registry has kept it as ${kept}, not ${manifest.digest}`, {
      code: 'CONTENT_DIGEST',
    });
  }
  return { listsReferrers: answer.header('oci-subject') !== undefined };
}

/**
 * @param reference a tag, or the content's digest
 * @param options `allow`: statuses that are an answer too
 * @throws KeelsonError `REGISTRY_*`
 */
export async function putContent(
  context: UploadContext,
  { content, mediaType }: { content: Buffer; mediaType: string },
  reference: string,
  options: { headers?: Readonly<Record<string, string>>; allow?: readonly number[] } = {},
): Promise<HttpAnswer> {
  const { headers: more = {}, allow = [] } = options;
  const { session, signal } = context;
  const headers = { 'content-type': mediaType, ...more };
  const answer = await session.request(
    `manifests/${reference}`,
    { method: 'PUT', headers, body: () => content, signal },
    { push: true },
  );
  const explanation = (await readBody(answer, LARGEST_EXPLANATION)).toString();
  if (answer.status === 201 || answer.status === 200 || allow.includes(answer.status)) return answer;
  throw statusError(answer.status, target(context, reference), explanation);
}

function target({ session: { name } }: UploadContext, reference: string): string {
  return `cannot push ${name.registry}/${name.repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

async function contentOf(store: ContentStore, manifest: Descriptor): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read(manifest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
