import { KeelsonError } from '../../base/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { statusError } from '../registry/registry-error.ts';
import { readBody } from '../registry/send.ts';
import type { UploadContext } from './upload-blob.ts';

const LARGEST_EXPLANATION = 64 << 10;

/**
 * Sends a manifest or an index, of which all parts are there.
 * @param reference a tag, or its digest
 * @throws KeelsonError `REGISTRY_*`, `CONTENT_DIGEST`
 */
export async function putManifest(context: UploadContext, manifest: Descriptor, reference: string): Promise<void> {
  const { session, signal, store } = context;
  const { registry, repository } = session.name;
  const what = `cannot push ${registry}/${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
  const content = await contentOf(store, manifest);
  const headers = { 'content-type': manifest.mediaType };
  const answer = await session.request(
    `manifests/${reference}`,
    { method: 'PUT', headers, body: () => content, signal },
    { push: true },
  );
  const explanation = (await readBody(answer, LARGEST_EXPLANATION)).toString();
  if (answer.status !== 201 && answer.status !== 200) throw statusError(answer.status, what, explanation);
  const kept = answer.header('docker-content-digest') ?? manifest.digest;
  if (kept === manifest.digest || !kept.startsWith(manifest.digest.replace(/:.*/, ':'))) return;
  throw new KeelsonError('invalid', `${what}: the registry has kept it as ${kept}, not ${manifest.digest}`, {
    code: 'CONTENT_DIGEST',
  });
}

async function contentOf(store: ContentStore, manifest: Descriptor): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read(manifest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
