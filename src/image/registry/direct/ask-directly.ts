import type { Connections } from '../connections.ts';
import type { HttpAnswer } from '../http-answer.ts';
import type { DirectConnection, Take } from './direct-connection.ts';
import type { ResponseHead } from './response-head.ts';

/** Bytes of an answer that are read to keep the connection. */
const LARGEST_WASTE = 64 << 10;
/** What a header may hold (RFC 9110, 5.5): a line's end in it would be another request. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A request without a body. */
export interface ReadRequest {
  url: URL;
  headers?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Asks by a connection of our own; undefined where that is not possible.
 * @throws what broke the connection
 */
export async function askDirectly(wanted: ReadRequest, connections: Connections): Promise<HttpAnswer | undefined> {
  const { url, headers = {}, signal } = wanted;
  const lines = Object.entries({ host: url.host, 'user-agent': 'keelson', connection: 'keep-alive', ...headers });
  if (!lines.every(([name, value]) => /^[\w-]+$/.test(name) && VALUE.test(value))) return undefined;
  const text = `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n`;
  signal?.throwIfAborted();
  const connection = connections.direct(url);
  if (!connection) return undefined;
  const stop = () => connection.close();
  signal?.addEventListener('abort', stop, { once: true });
  const free = () => {
    signal?.removeEventListener('abort', stop);
    connections.giveBack(url, connection);
  };
  try {
    return answerOf(await connection.ask(text), { url, connection, free });
  } catch (error) {
    free();
    throw error;
  }
}

function answerOf(
  { status, headers, length }: ResponseHead,
  { url, connection, free }: { url: URL; connection: DirectConnection; free: () => void },
): HttpAnswer {
  const each = (take: Take) => connection.each(take).finally(free);
  const discard = async () => {
    if (typeof length === 'number' && length <= LARGEST_WASTE) return await each(() => undefined);
    connection.close();
    free();
  };
  return { status, header: (name) => headers.get(name), body: { each, discard }, url };
}
