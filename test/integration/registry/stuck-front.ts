import { startFront, type TestServer } from './front.ts';
import type { TestImage } from './test-image.ts';

/** Bytes of a download that come before it is stuck. */
export const SENT = 300_000;

/** A front that lets the first transfer of an image's last layer stop on its way, and tells when. */
export async function startStuck(
  target: string,
  { layers, blobs }: TestImage,
): Promise<{ front: TestServer; stuck: Promise<void> }> {
  const { promise: stuck, resolve } = Promise.withResolvers<void>();
  const last = layers.at(-1) ?? { digest: 'none', size: 0 };
  let isFirst = true;
  const front = await startFront(target, (request, response) => {
    const isDownload = request.method === 'GET' && request.url?.endsWith(last.digest);
    const isUpload = request.method === 'PUT' && request.headers['content-length'] === String(last.size);
    if (!isFirst || !(isDownload || isUpload)) return false;
    isFirst = false;
    if (isUpload) request.once('data', () => resolve());
    else {
      const bytes = blobs.get(last.digest) ?? Buffer.alloc(0);
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, SENT), () => setTimeout(resolve, 200));
    }
    return true;
  });
  return { front, stuck };
}
