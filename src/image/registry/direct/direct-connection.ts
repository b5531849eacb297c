import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';

/** As much as the kernel has is taken at once: each turn costs as much as some ten kilobytes. */
const READ_SIZE = 256 << 10;
const LARGEST_HEAD = 32 << 10;

export interface DirectOptions {
  url: URL;
  /** Undefined: without TLS. */
  tls: object | undefined;
  /** Milliseconds for the connection, and those that the server may be silent. */
  connectTimeout: number;
  patience: number;
}

/** Takes a part of a body, whose memory is used again when that has ended. */
export type Take = (chunk: Buffer) => Promise<void> | undefined;

interface Body {
  /** Bytes to come; without end where something else tells the end. */
  left: number;
  chunked: ChunkedDecoder | undefined;
  endsWithConnection: boolean;
  stays: boolean;
  take: Take | undefined;
  done: PromiseWithResolvers<void>;
}

/**
 * A connection that gets large bodies, one at a time, into memory that is used again: of a parser and streams for any use each
 * chunk costs more than to receive and to decompress it.
 */
export class DirectConnection {
  readonly #socket: Socket;
  /** What came and is not taken: the begin of an answer, or of a body that nobody has asked for yet. */
  #gathered: Buffer = Buffer.alloc(0);
  #head: PromiseWithResolvers<ResponseHead> | undefined;
  #body: Body | undefined;
  #failure: Error | undefined;
  #isConnected = false;
  /** Since when the server is waited for; undefined while what it sent is being taken. */
  #waitingSince: number | undefined;
  readonly #patience: number;

  constructor({ url, tls, connectTimeout, patience }: DirectOptions) {
    this.#patience = patience;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port || (tls ? 443 : 80));
    // No address may be named there (RFC 6066, 3).
    const name = isIP(host) === 0 ? { servername: host } : {};
    const buffer = Buffer.allocUnsafeSlow(tls ? 0 : READ_SIZE);
    const callback = (size: number) => this.#receive(buffer.subarray(0, size));
    this.#socket = tls
      ? connectTls(port, host, { ALPNProtocols: ['http/1.1'], ...name, ...tls })
      : connectPlain({ host, port, onread: { buffer, callback } });
    // Of what is decrypted at once more comes after a stop, and would overwrite what is being taken.
    if (tls) this.#socket.on('data', (chunk: Buffer) => void (this.#receive(chunk) || this.#socket.pause()));
    this.#socket.setNoDelay(true).setKeepAlive(true, patience).setTimeout(connectTimeout);
    this.#socket.once(tls ? 'secureConnect' : 'connect', () => {
      this.#isConnected = true;
      this.#socket.setTimeout(patience);
    });
    this.#socket.on('timeout', () => this.#tire());
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('end', () => this.#end());
    this.#socket.on('close', () => this.#lose(broken('the server closed the connection')));
  }

  get isUsable(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Sends a request without a body.
   * @throws what broke the connection, or Error for an answer that is not HTTP's
   */
  async ask(request: string): Promise<ResponseHead> {
    if (this.#failure) throw this.#failure;
    const head = Promise.withResolvers<ResponseHead>();
    this.#head = head;
    this.#wait();
    this.#socket.write(request, 'latin1');
    return await head.promise;
  }

  /** Gives the body of the last answer, all of it unless that throws. @throws what broke the connection, or `take` */
  async each(take: Take): Promise<void> {
    const body = this.#body;
    if (!body) throw this.#failure ?? new TypeError('there is no answer');
    body.take = take;
    const begin = this.#gathered;
    this.#gathered = Buffer.alloc(0);
    if (this.#pass(body, begin)) this.#wait();
    await body.done.promise;
  }

  close(): void {
    this.#socket.destroy();
    this.#lose(broken('the connection was closed'));
  }

  /** Takes what came; false: no more for now. */
  #receive(chunk: Buffer): boolean {
    if (this.#head) return this.#receiveHead(this.#head, chunk);
    // What nobody asked for would be taken for the next answer.
    if (!this.#body) this.close();
    return this.#body !== undefined && this.#pass(this.#body, chunk);
  }

  #receiveHead(head: PromiseWithResolvers<ResponseHead>, chunk: Buffer): boolean {
    this.#gathered = Buffer.concat([this.#gathered, chunk]);
    const end = this.#gathered.indexOf('\r\n\r\n');
    if (end < 0 && this.#gathered.length <= LARGEST_HEAD) return true;
    try {
      if (end < 0) throw new Error(`what the server sends has no end of its headers in ${LARGEST_HEAD} bytes`);
      const answer = parseResponseHead(this.#gathered.subarray(0, end));
      this.#gathered = this.#gathered.subarray(end + 4);
      if (answer.status < 200) return this.#receiveHead(head, Buffer.alloc(0)); // only says that one is coming
      this.#head = undefined;
      this.#body = bodyOf(answer);
      head.resolve(answer);
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
    return false;
  }

  /** Hands a chunk over; false: no more before it was taken. */
  #pass(body: Body, chunk: Buffer): boolean {
    try {
      const piece = pieceOf(body, chunk);
      const taking = piece.length > 0 ? body.take?.(piece) : undefined;
      if (taking === undefined) return this.#next(body);
      this.#waitingSince = undefined;
      taking.then(
        () => this.#next(body) && this.#wait(),
        (error: unknown) => this.#refuse(body, error),
      );
    } catch (error) {
      this.#refuse(body, error);
    }
    return false;
  }

  /** True: more is to come. */
  #next(body: Body): boolean {
    if (body.left > 0) return this.#failure === undefined;
    this.#body = undefined;
    if (!body.stays) this.close();
    body.done.resolve();
    return true;
  }

  #refuse(body: Body, error: unknown): void {
    body.done.reject(error);
    this.close();
  }

  #end(): void {
    const body = this.#body;
    if (body?.endsWithConnection && body.take) {
      body.left = 0;
      this.#next(body);
    }
    this.#socket.destroy();
  }

  #wait(): void {
    this.#waitingSince = performance.now();
    this.#socket.resume();
  }

  /** Whoever takes a body may take long, but the server may not. */
  #tire(): void {
    if (!this.#isConnected) {
      this.#socket.destroy(broken('the server does not answer', 'UND_ERR_CONNECT_TIMEOUT'));
    } else if (this.#head || this.#body) {
      const since = this.#waitingSince;
      const isTaken = since === undefined || performance.now() - since < this.#patience / 2;
      if (isTaken) this.#socket.setTimeout(this.#patience);
      else this.#socket.destroy(broken('the server is silent', 'UND_ERR_BODY_TIMEOUT'));
    }
  }

  #lose(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#head?.reject(error);
    // All of a body may be here and only wait to be taken.
    if (this.#body && this.#body.left > 0) this.#body.done.reject(error);
    this.#head = undefined;
  }
}

function bodyOf({ length, stays }: ResponseHead): Body {
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined); // told to whoever takes the body
  return {
    left: typeof length === 'number' ? length : Number.POSITIVE_INFINITY,
    chunked: length === 'chunked' ? new ChunkedDecoder() : undefined,
    endsWithConnection: length === 'until the end',
    stays,
    take: undefined,
    done,
  };
}

/** What a chunk holds of a body, counted. */
function pieceOf(body: Body, chunk: Buffer): Buffer {
  if (body.chunked) {
    const piece = Buffer.concat(body.chunked.push(chunk));
    if (body.chunked.isDone) body.left = 0;
    return piece;
  }
  const piece = chunk.subarray(0, body.left);
  body.left -= piece.length;
  if (piece.length < chunk.length) body.stays = false; // more than it said
  return piece;
}

/** With undici's codes, on which others branch. */
function broken(message: string, code = 'UND_ERR_SOCKET'): Error {
  return Object.assign(new Error(message), { code });
}
