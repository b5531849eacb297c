import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { HttpAnswer } from '../registry/http-answer.ts';
import { connectionError, statusError } from '../registry/registry-error.ts';
import type { RegistrySession } from '../registry/registry-session.ts';
import { backOff, cancelled, discard, pause, readBody } from '../registry/send.ts';
import { PartialBlob } from './partial-blob.ts';
import type { ContentSink } from './unpack-stream.ts';

/** Broken connections in a row that brought nothing. */
const ATTEMPTS = 5;
const LARGEST_EXPLANATION = 64 << 10;
/** Of one content that are tried. */
const MOST_ADDRESSES = 5;

export interface DownloadContext {
  kernel: Kernel;
  store: ContentStore;
  session: RegistrySession;
  /** Milliseconds before the first retry. */
  retryDelay: number;
  signal?: AbortSignal | undefined;
}

export interface DownloadOptions {
  /** Told how much is here. */
  onBytes?: (size: number) => void;
  /** Gets the bytes too, also those that an earlier try has left here. */
  sink?: ContentSink | undefined;
}

/**
 * Gets content into the store, from where an earlier try stopped, and again when the connection breaks. It is in the store
 * only when size and digest are right.
 * @returns false: somebody else brought it, and the sink got nothing
 * @throws KeelsonError `REGISTRY_*`, `CONTENT_SIZE`, `CONTENT_DIGEST`, `ENOSPC`, `CANCELLED`
 */
export async function downloadBlob(
  context: DownloadContext,
  descriptor: Descriptor,
  { onBytes = () => undefined, sink }: DownloadOptions = {},
): Promise<boolean> {
  if (context.store.has(descriptor)) return false;
  await using blob = await PartialBlob.open(context.kernel, context.store, {
    descriptor,
    sink,
    signal: context.signal,
  });
  if (!blob) return false;
  const resumed = blob.size > 0;
  await fill(context, blob, { descriptor, onBytes });
  try {
    await blob.finish();
  } catch (error) {
    // What was here before may have been the wrong part.
    if (!resumed || !isKeelsonError(error) || error.code !== 'CONTENT_DIGEST') throw error;
    await fill(context, blob, { descriptor, onBytes });
    await blob.finish();
  }
  return true;
}

interface Wanted {
  descriptor: Descriptor;
  onBytes: (size: number) => void;
}

async function fill(context: DownloadContext, blob: PartialBlob, wanted: Wanted): Promise<void> {
  const { size } = wanted.descriptor;
  for (let failures = 0; blob.size < size; ) {
    const before = blob.size;
    wanted.onBytes(before);
    let failure: unknown;
    try {
      await receive(context, blob, wanted);
      if (blob.size < size) failure = new Error(`it ends after ${blob.size} of ${size} bytes`);
    } catch (error) {
      if (context.signal?.aborted) throw cancelled(error);
      if (isKeelsonError(error)) throw error;
      failure = error; // the connection broke
    }
    if (failure === undefined) continue;
    failures = blob.size > before ? 1 : failures + 1;
    if (failures >= ATTEMPTS) throw connectionError(context.session.name.registry, failure);
    await pause(backOff(context.retryDelay, failures), context.signal);
  }
}

async function receive({ session, signal }: DownloadContext, blob: PartialBlob, wanted: Wanted): Promise<void> {
  const { descriptor, onBytes } = wanted;
  // Bytes of a compressed transfer would have another digest.
  const headers = { 'accept-encoding': 'identity', ...(blob.size > 0 && { range: `bytes=${blob.size}-` }) };
  const answer = await request(session, descriptor, { method: 'GET', headers, signal });
  if (answer.status === 416) {
    await discard(answer);
    return blob.restart();
  }
  if (answer.status !== 200 && answer.status !== 206) {
    const what = `cannot get ${descriptor.digest} of ${session.name.repository}`;
    throw statusError(answer.status, what, (await readBody(answer, LARGEST_EXPLANATION)).toString());
  }
  if (!continues(answer, blob.size)) await blob.restart();
  await refuseOtherSize(answer, descriptor, blob.size);
  await answer.body.each((chunk) => {
    const more = blob.write(chunk);
    onBytes(blob.size);
    return more;
  });
}

/**
 * Asks the registry, and where it has not got it the addresses that the manifest names, which layers have that may not be
 * given on. Only by https, unless the host is one that we speak to without: the manifest's author must not make us send requests
 * to whatever answers inside our network. A login never goes there (CVE-2020-15157).
 */
async function request(
  session: RegistrySession,
  { digest, urls = [] }: Descriptor,
  wanted: Parameters<RegistrySession['request']>[1],
): Promise<HttpAnswer> {
  const answer = await session.request(`blobs/${digest}`, wanted);
  if (answer.status !== 404) return answer;
  for (const url of urls.filter((text) => session.mayVisit(text)).slice(0, MOST_ADDRESSES)) {
    const other = await session.request(new URL(url), wanted).catch((error: unknown) => {
      if (isKeelsonError(error, 'unavailable')) return undefined;
      throw error;
    });
    if (other === undefined) continue;
    const isIt = other.status === 200 || other.status === 206 || other.status === 416;
    await discard(isIt ? answer : other);
    if (isIt) return other;
  }
  return answer;
}

/** A server without ranges sends all of it again. */
function continues(answer: HttpAnswer, from: number): boolean {
  return answer.status === 206 && (answer.header('content-range') ?? '').startsWith(`bytes ${from}-`);
}

/** Told by the headers, so that nothing of it need be read. */
async function refuseOtherSize(answer: HttpAnswer, { digest, size }: Descriptor, from: number): Promise<void> {
  const length = Number(answer.header('content-length') ?? size - from);
  if (length <= size - from) return;
  await discard(answer);
  throw new KeelsonError(
    'invalid',
    `the content ${digest} should have ${size} bytes; the registry sends ${from + length}`,
    {
      code: 'CONTENT_SIZE',
    },
  );
}
