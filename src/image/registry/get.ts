import { request as askPlain } from 'node:http';
import { request as askTls } from 'node:https';
import { AnswerReader } from './answer-reader.ts';
import type { Connections } from './connections.ts';
import type { HttpAnswer } from './http-answer.ts';

/** Bytes of an answer that are read to keep the connection. */
const LARGEST_WASTE = 64 << 10;

/** A request without a body. */
export interface ReadRequest {
  url: URL;
  headers?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Asks by Node's own client; undefined where that is not possible.
 * @throws what broke the connection
 */
export async function get(
  { url, headers, signal }: ReadRequest,
  connections: Connections,
): Promise<HttpAnswer | undefined> {
  signal?.throwIfAborted();
  const agent = connections.agentFor(url);
  if (!agent) return undefined;
  const ask = url.protocol === 'https:' ? askTls : askPlain;
  // Not the address as a whole: a name and password in it would be sent as a login.
  const request = ask({
    agent,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, 'user-agent': 'keelson', ...headers },
  });
  const reader = new AnswerReader(request, { patience: connections.patience, signal });
  request.end();
  const { statusCode: status = 0, headers: received } = await reader.head;
  const header = (name: string) => {
    const value = received[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  const discard = async () => {
    if (Number(header('content-length') ?? Number.NaN) <= LARGEST_WASTE) await reader.each(() => undefined);
    else reader.stop();
  };
  return { status, header, body: { each: (take) => reader.each(take), discard }, url };
}
