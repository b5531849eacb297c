import { setTimeout as sleep } from 'node:timers/promises';
import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import type { Connections } from './connections.ts';
import { get } from './get.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpRequest } from './http-request.ts';
import { connectionError } from './registry-error.ts';

export interface SendOptions {
  connections: Connections;
  /** Milliseconds before the first retry. */
  retryDelay: number;
}

const ATTEMPTS = 5;
const MOST_REDIRECTS = 5;
/** Milliseconds. A server that asks for more is not waited for. */
const LONGEST_WAIT = 30_000;
const BUSY: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What is written may be written elsewhere only where the server says that it is to be the same request. */
const SAME_METHOD: ReadonlySet<number> = new Set([307, 308]);
/** Failures that the next try would meet again. */
const LASTING: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EPROTO']);

/** Milliseconds. A document that takes longer comes from somebody who wants to hold us up. */
const DOCUMENT_TIME = 120_000;

/**
 * Sends a request, again after a pause when the server is busy or the connection breaks, and follows redirects. A login stays with the server that it was meant for (CVE-2018-1000007 was curl's lesson).
 * @throws KeelsonError `REGISTRY_UNREACHABLE`, `REGISTRY_REDIRECT`, `CANCELLED`
 */
export async function send(wanted: HttpRequest, options: SendOptions): Promise<HttpAnswer> {
  const attempts = wanted.once ? 1 : ATTEMPTS;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await followed(wanted, options.connections);
      const wait = BUSY.has(answer.status) && attempt < attempts ? waitFor(answer, options, attempt) : undefined;
      if (wait === undefined) return answer;
      await discard(answer);
      await pause(wait, wanted.signal);
    } catch (cause) {
      if (wanted.signal?.aborted) throw cancelled(cause);
      if (isKeelsonError(cause)) throw cause;
      if (attempt === attempts || isLasting(cause)) throw connectionError(wanted.url.host, cause);
      await pause(backOff(options.retryDelay, attempt), wanted.signal);
    }
  }
}

/** @throws KeelsonError `CANCELLED` */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal && { signal }).catch((cause: unknown) => {
    throw cancelled(cause);
  });
}

/** Frees the connection without reading what is left. */
export async function discard({ body }: Pick<HttpAnswer, 'body'>): Promise<void> {
  await body.discard().catch(() => undefined);
}

/** At most `limit` bytes of a body. */
export async function readBody({ body }: Pick<HttpAnswer, 'body'>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const started = performance.now();
  let size = 0;
  await body.each((chunk) => {
    size += chunk.length;
    if (performance.now() - started > DOCUMENT_TIME) {
      throw new KeelsonError('unavailable', 'the registry sends a document too slowly', { code: 'REGISTRY_DOCUMENT' });
    }
    if (size > limit) {
      throw new KeelsonError('invalid', `the registry sends more than ${limit} bytes where a document belongs`, {
        code: 'REGISTRY_DOCUMENT',
      });
    }
    chunks.push(Buffer.from(chunk));
    return undefined;
  });
  return Buffer.concat(chunks);
}

/** Doubled each time. */
export function backOff(first: number, attempt: number): number {
  return Math.min(LONGEST_WAIT, first * 2 ** (attempt - 1));
}

export function cancelled(cause: unknown): KeelsonError {
  return new KeelsonError('cancelled', 'it was cancelled before its end', { code: 'CANCELLED', cause });
}

async function followed(wanted: HttpRequest, connections: Connections): Promise<HttpAnswer> {
  let url: URL = wanted.url;
  for (let redirects = 0; ; redirects++) {
    const headers = { ...wanted.headers };
    if (url.origin !== wanted.url.origin) delete headers.authorization;
    const answer = await exchange({ ...wanted, url, headers }, connections);
    const location = answer.header('location');
    const reads = wanted.method === 'GET' || wanted.method === 'HEAD';
    const follows = (reads ? REDIRECTS : SAME_METHOD).has(answer.status);
    if (!follows || location === undefined) return answer;
    await discard(answer);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    const isSafe = next && (next.protocol === 'https:' || (next.protocol === 'http:' && url.protocol === 'http:'));
    if (!isSafe || redirects === MOST_REDIRECTS) {
      // Not all of it: addresses of stored content may be good for whoever knows them.
      const problem = isSafe ? 'too many times' : `to ${next?.origin ?? 'nowhere'}, which is not protected`;
      throw new KeelsonError('denied', `${wanted.url.host} redirects ${problem}`, { code: 'REGISTRY_REDIRECT' });
    }
    url = next;
  }
}

async function exchange(wanted: HttpRequest, connections: Connections): Promise<HttpAnswer> {
  const answer = wanted.method === 'GET' && !wanted.body ? await get(wanted, connections) : undefined;
  if (answer) return answer;
  const { dispatch } = await import('./dispatch.ts');
  return await dispatch(wanted, await connections.to(wanted.url));
}

/** `Retry-After` is a number of seconds or a date. */
function waitFor(answer: HttpAnswer, { retryDelay }: SendOptions, attempt: number): number | undefined {
  const text = answer.header('retry-after') ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
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
