import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { HttpAnswer } from '../registry/http-answer.ts';
import { connectionError, statusError } from '../registry/registry-error.ts';
import type { RegistrySession } from '../registry/registry-session.ts';
import { backOff, discard, pause, readBody } from '../registry/send.ts';
import { BlobSource } from './blob-source.ts';
import { sessionAddress } from './session-address.ts';

/** Failures in a row that brought nothing. */
const ATTEMPTS = 5;
/** A proxy that refuses a large body may close the connection without a word: then try smaller ones. */
const ATTEMPTS_AS_A_WHOLE = 2;
/** Bytes. What proxies that limit bodies mostly let through. */
const SMALL_CHUNK = 8 << 20;
const LEAST_CHUNK = 1 << 20;
const LARGEST_EXPLANATION = 64 << 10;

export interface UploadContext {
  store: ContentStore;
  session: RegistrySession;
  /** Milliseconds before the first retry. */
  retryDelay: number;
  /** The most bytes of one request; all of them when left out. */
  chunk?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface Wanted {
  descriptor: Descriptor;
  /** Another repository that has it. */
  from?: string | undefined;
  /** Told how much is sent. */
  onBytes(size: number): void;
}

/** Does the registry have it? */
export async function hasBlob({ session, signal }: UploadContext, { digest }: Descriptor): Promise<boolean> {
  const answer = await session.request(`blobs/${digest}`, { method: 'HEAD', signal }, { push: true });
  await discard(answer);
  if (answer.status === 401 || answer.status === 403) {
    throw statusError(answer.status, `cannot push to ${session.name.registry}/${session.name.repository}`, '');
  }
  return answer.status === 200;
}

/**
 * Sends content that the registry does not have: by a mount from another repository, in one request, or in several; after a broken
 * connection from where the registry has it.
 * @throws KeelsonError `REGISTRY_*`, `CONTENT_DAMAGED`, `CANCELLED`
 */
export async function uploadBlob(context: UploadContext, wanted: Wanted): Promise<'mounted' | 'pushed'> {
  await using upload = new Upload(context, wanted);
  if (await upload.begin(wanted.from)) return 'mounted';
  let best = 0;
  for (let failures = 0; ; ) {
    try {
      if (failures > 0 && (await upload.resume())) return 'pushed';
      await upload.send();
      return 'pushed';
    } catch (error) {
      // Counted from the furthest place: a registry that forgets what it had would let us begin for ever.
      failures = upload.offset > best ? 1 : failures + 1;
      best = Math.max(best, upload.offset);
      if (!mayTryAgain(error) || failures >= ATTEMPTS) throw error;
    }
    if (failures >= ATTEMPTS_AS_A_WHOLE) upload.limit(SMALL_CHUNK);
    await pause(backOff(context.retryDelay, failures), context.signal);
  }
}

/** Not when it is our own content that is wrong, or when the registry has said no. It may have forgotten the upload. */
function mayTryAgain(error: unknown): boolean {
  const isPassing = isKeelsonError(error, 'unavailable') || isKeelsonError(error, 'not-found');
  return isPassing && error.code !== 'REGISTRY_TOKEN' && error.code !== 'CREDENTIAL_HELPER';
}

/** One content on its way to the registry. */
class Upload implements AsyncDisposable {
  /** So much of it is there. */
  offset = 0;
  readonly #context: UploadContext;
  readonly #wanted: Wanted;
  readonly #source: BlobSource;
  #chunk: number;
  #address: URL | undefined;

  constructor(context: UploadContext, wanted: Wanted) {
    this.#context = context;
    this.#wanted = wanted;
    this.#source = new BlobSource(context.store, wanted.descriptor);
    this.#chunk = context.chunk ?? Number.POSITIVE_INFINITY;
  }

  /** @returns true when a mount was enough */
  async begin(from?: string): Promise<boolean> {
    const { digest } = this.#wanted.descriptor;
    const mount = from === undefined ? '' : `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    const answer = await this.#request(`blobs/uploads/${mount}`, { method: 'POST' }, from);
    if (from !== undefined && answer.status === 201) return true;
    // The login may not read there, or the registry does not know mounts.
    if (from !== undefined && answer.status !== 202) return this.begin();
    this.#expect(answer, [202]);
    this.#address = sessionAddress(answer, this.#context.session.endpoint.base);
    this.offset = 0;
    return false;
  }

  /** Sends what is missing. */
  async send(): Promise<void> {
    const { size, digest } = this.#wanted.descriptor;
    while (size - this.offset > this.#chunk) {
      const answer = await this.#part('PATCH', this.#target(), this.offset + this.#chunk);
      if (answer.status === 413) this.#shrink(answer);
      else {
        this.#expect(answer, [202]);
        this.#address = sessionAddress(answer, this.#context.session.endpoint.base);
        this.offset = received(answer) ?? this.offset + this.#chunk;
      }
    }
    const target = this.#target();
    target.searchParams.set('digest', digest);
    const answer = await this.#part('PUT', target, size);
    if (answer.status === 413) return this.#again(answer);
    this.#expect(answer, [201, 204]);
    this.offset = size;
  }

  /**
   * Asks how much has come, and begins anew where the registry does not know any more.
   * @returns true when all of it is there
   */
  async resume(): Promise<boolean> {
    const answer = await this.#request(this.#target(), { method: 'GET' });
    const offset = received(answer) ?? 0;
    if (answer.status === 204 && offset > 0 && offset <= this.#wanted.descriptor.size) {
      this.#address = sessionAddress(answer, this.#context.session.endpoint.base);
      this.offset = offset;
      this.#wanted.onBytes(offset);
      return false;
    }
    // It may have ended well, and only the answer was lost.
    if (await hasBlob(this.#context, this.#wanted.descriptor)) return true;
    await this.begin();
    this.#wanted.onBytes(0);
    return false;
  }

  limit(chunk: number): void {
    this.#chunk = Math.min(this.#chunk, chunk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source[Symbol.asyncDispose]();
  }

  #part(method: 'PATCH' | 'PUT', url: URL, end: number): Promise<HttpAnswer> {
    const start = this.offset;
    const body = () => this.#counted(start, end);
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(end - start),
      // A whole one has none: some registries take the header for the start of several parts.
      ...(end > start &&
        (start > 0 || end < this.#wanted.descriptor.size) && { 'content-range': `${start}-${end - 1}` }),
    };
    return this.#request(url, { method, headers, body, once: true });
  }

  async *#counted(start: number, end: number): AsyncGenerator<Buffer> {
    let at = start;
    for await (const chunk of this.#source.part(start, end)) {
      yield chunk;
      at += chunk.length;
      this.#wanted.onBytes(at);
    }
  }

  async #request(
    path: string | URL,
    wanted: Pick<Parameters<RegistrySession['request']>[1], 'method' | 'headers' | 'body' | 'once'>,
    from?: string,
  ): Promise<HttpAnswer & { explanation: string }> {
    const { session, signal } = this.#context;
    const answer = await session.request(path, { ...wanted, signal }, { push: true, from });
    try {
      return { ...answer, explanation: (await readBody(answer, LARGEST_EXPLANATION)).toString() };
    } catch (cause) {
      if (isKeelsonError(cause)) throw cause;
      throw connectionError(session.name.registry, cause);
    }
  }

  /** For a server that takes no more than so much at a time. */
  #shrink(answer: HttpAnswer): void {
    const chunk = Math.min(this.#chunk, this.#wanted.descriptor.size) / 2;
    if (chunk < LEAST_CHUNK) this.#expect(answer, []);
    this.limit(Math.min(SMALL_CHUNK, Math.ceil(chunk)));
  }

  async #again(answer: HttpAnswer): Promise<void> {
    this.#shrink(answer);
    if (!(await this.resume())) await this.send();
  }

  #expect(answer: HttpAnswer & { explanation?: string }, statuses: readonly number[]): void {
    if (statuses.includes(answer.status)) return;
    const { registry, repository } = this.#context.session.name;
    const what = `cannot push ${this.#wanted.descriptor.digest} to ${registry}/${repository}`;
    throw statusError(answer.status, what, answer.explanation ?? '');
  }

  #target(): URL {
    if (this.#address) return new URL(this.#address);
    throw new KeelsonError('internal', 'an upload that was not begun', { code: 'REGISTRY_UPLOAD' });
  }
}

/** `Range: 0-1023` means 1024 bytes; `0-0` one or none, so it counts as none. */
function received(answer: HttpAnswer): number | undefined {
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(answer.header('range') ?? '') ?? [];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}
