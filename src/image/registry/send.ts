import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import { connectionError } from './registry-error.ts';

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Made anew for each try. */
  body?: (() => string | Buffer | AsyncIterable<Uint8Array>) | undefined;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  /** Undefined: it was not sent. */
  header(name: string): string | undefined;
  /** To be read or destroyed, or the connection stays busy. */
  body: Dispatcher.ResponseData['body'];
  /** Where it came from in the end. */
  url: URL;
}

export interface SendOptions {
  dispatcher: Dispatcher;
  /** Milliseconds before the first retry. */
  retryDelay: number;
}

const ATTEMPTS = 5;
const MOST_REDIRECTS = 5;
/** Milliseconds. A server that asks for more is not waited for. */
const LONGEST_WAIT = 30_000;
const BUSY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Failures that the next try would meet again. */
const LASTING: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EPROTO']);

/**
 * Sends a request, again after a pause when the server is busy or the connection breaks, and follows redirects of what only
 * reads. A login stays with the server that it was meant for (CVE-2018-1000007 was curl's lesson).
 * @throws KeelsonError `REGISTRY_UNREACHABLE`, `REGISTRY_REDIRECT`, `CANCELLED`
 */
export async function send(wanted: HttpRequest, options: SendOptions): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await followed(wanted, options.dispatcher);
      const pause = BUSY.has(answer.status) && attempt < ATTEMPTS ? waitFor(answer, options, attempt) : undefined;
      if (pause === undefined) return answer;
      await discard(answer);
      await sleep(pause, undefined, { signal: wanted.signal });
    } catch (cause) {
      if (wanted.signal?.aborted) throw cancelled(cause);
      if (isKeelsonError(cause)) throw cause;
      if (attempt === ATTEMPTS || isLasting(cause)) throw connectionError(wanted.url.host, cause);
      await sleep(backOff(options.retryDelay, attempt), undefined, { signal: wanted.signal });
    }
  }
}

/** Frees the connection without reading what is left. */
export async function discard({ body }: Pick<HttpAnswer, 'body'>): Promise<void> {
  await body.dump({ limit: 64 << 10 }).catch(() => undefined);
}

/** At most `limit` bytes of a body. */
export async function readBody({ body }: Pick<HttpAnswer, 'body'>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) {
      throw new KeelsonError('invalid', `the registry sends more than ${limit} bytes where a document belongs`, {
        code: 'REGISTRY_DOCUMENT',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Doubled each time. */
export function backOff(first: number, attempt: number): number {
  return Math.min(LONGEST_WAIT, first * 2 ** (attempt - 1));
}

export function cancelled(cause: unknown): KeelsonError {
  return new KeelsonError('cancelled', 'the pull was cancelled', { code: 'CANCELLED', cause });
}

async function followed(wanted: HttpRequest, dispatcher: Dispatcher): Promise<HttpAnswer> {
  let url: URL = wanted.url;
  for (let redirects = 0; ; redirects++) {
    const headers = { ...wanted.headers };
    if (url.origin !== wanted.url.origin) delete headers.authorization;
    const answer = await once({ ...wanted, url, headers }, dispatcher);
    const location = answer.header('location');
    const reads = wanted.method === 'GET' || wanted.method === 'HEAD';
    if (!reads || !REDIRECTS.has(answer.status) || location === undefined) return answer;
    await discard(answer);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const isSafe = next && (next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:'));
    if (!isSafe || redirects === MOST_REDIRECTS) {
      const problem = isSafe ? 'too many times' : `to ${location.slice(0, 100)}, which is not protected`;
      throw new KeelsonError('denied', `${wanted.url.host} redirects ${problem}`, { code: 'REGISTRY_REDIRECT' });
    }
    url = next;
  }
}

async function once({ method, url, headers, body, signal }: HttpRequest, dispatcher: Dispatcher): Promise<HttpAnswer> {
  const content = body?.();
  const answer = await request(url, {
    method,
    headers: { 'user-agent': 'keelson', ...headers },
    dispatcher,
    ...(content !== undefined && { body: isIterable(content) ? Readable.from(content) : content }),
    ...(signal && { signal }),
  });
  const header = (name: string) => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return { status: answer.statusCode, header, body: answer.body, url };
}

function isIterable(content: string | Buffer | AsyncIterable<Uint8Array>): content is AsyncIterable<Uint8Array> {
  return typeof content === 'object' && Symbol.asyncIterator in content;
}

/** `Retry-After` is a number of seconds, or a date, of which the back-off does as well. */
function waitFor(answer: HttpAnswer, { retryDelay }: SendOptions, attempt: number): number | undefined {
  const asked = Number(answer.header('retry-after') ?? 0) * 1000;
  if (asked > LONGEST_WAIT) return undefined;
  return Math.max(asked || 0, backOff(retryDelay, attempt));
}

function isLasting(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return (
    LASTING.has(code) ||
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    /CERT|SELF_SIGNED|UNABLE_TO/.test(code)
  );
}
