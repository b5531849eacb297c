/** The first line and the headers of an answer of HTTP/1.x. */
export interface ResponseHead {
  status: number;
  /** By name in small letters; of a repeated one the values are joined. */
  headers: ReadonlyMap<string, string>;
  /** Bytes of the body, or how its end is told. */
  length: number | 'chunked' | 'until the end';
  /** May the connection take another request afterwards? */
  stays: boolean;
}

/**
 * Reads a head, without the empty line at its end (RFC 9112). Where it leaves a doubt about the body's end the connection is not
 * used again, so that nobody can put an answer of his own behind it.
 * @throws Error for what is no head
 */
export function parseResponseHead(bytes: Buffer): ResponseHead {
  const [first = '', ...lines] = bytes.toString('latin1').split('\r\n');
  const [, minor, code] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n\0]*)?$/.exec(first) ?? [];
  if (code === undefined) throw unreadable('does not begin as an answer of HTTP');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\r\n\0]*)$/.exec(line) ?? [];
    if (name === undefined) throw unreadable('has a line that is no header');
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trimEnd() : `${before}, ${value.trimEnd()}`);
  }
  const status = Number(code);
  const length = lengthOf(status, headers);
  const isClear = typeof length === 'number' && !headers.has('transfer-encoding');
  const stays = isClear && minor === '1' && !/\bclose\b/i.test(headers.get('connection') ?? '');
  return { status, headers, length, stays };
}

function lengthOf(status: number, headers: ReadonlyMap<string, string>): ResponseHead['length'] {
  if (status < 200 || status === 204 || status === 304) return 0;
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked')
      throw unreadable(`has the unknown transfer coding '${coding.slice(0, 40)}'`);
    return 'chunked';
  }
  const length = headers.get('content-length');
  if (length === undefined) return 'until the end';
  if (!/^\d{1,15}$/.test(length)) throw unreadable('has no number as its length');
  return Number(length);
}

function unreadable(problem: string): Error {
  return new Error(`what the server sends ${problem}`);
}
