import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import { giveBack } from '../content/give-back.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpRequest } from './http-request.ts';

/** Bytes of an answer that are read to keep the connection. */
const LARGEST_WASTE = 64 << 10;

/** Sends one request by undici: what is written, and what goes through a proxy. */
export async function dispatch(
  { method, url, headers, body, signal }: HttpRequest,
  dispatcher: Dispatcher,
): Promise<HttpAnswer> {
  const content = body?.();
  const answer = await request.call(dispatcher, {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: { 'user-agent': 'keelson', ...headers },
    ...(content !== undefined && { body: isIterable(content) ? Readable.from(content) : content }),
    ...(signal && { signal }),
  });
  const header = (name: string) => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const each = async (take: (chunk: Buffer) => Promise<void> | undefined) => {
    for await (const chunk of answer.body) {
      await take(chunk);
      giveBack(chunk);
    }
  };
  const discard = () => answer.body.dump({ limit: LARGEST_WASTE });
  return { status: answer.statusCode, header, body: { each, discard }, url };
}

function isIterable(content: string | Buffer | AsyncIterable<Uint8Array>): content is AsyncIterable<Uint8Array> {
  return typeof content === 'object' && Symbol.asyncIterator in content;
}
