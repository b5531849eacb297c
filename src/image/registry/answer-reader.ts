import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { giveBack } from '../content/give-back.ts';
import type { AnswerBody } from './http-answer.ts';

/** Milliseconds. */
const CONNECT_TIMEOUT = 15_000;

type Take = Parameters<AnswerBody['each']>[0];

/** Waits for the answer to a request of Node's client and gives its body out, unless the server is silent. */
export class AnswerReader {
  /** @throws what broke the connection */
  readonly head: Promise<IncomingMessage>;
  readonly #request: ClientRequest;
  readonly #patience: number;
  #answer: IncomingMessage | undefined;
  #failure: Error | undefined;
  #isConnected = false;
  /** Is it the server's turn? Whoever takes a body may take long. */
  #isWaiting = true;
  /** Part of the body that is being taken. */
  #taking: Promise<void> | undefined;

  constructor(request: ClientRequest, { patience, signal }: { patience: number; signal: AbortSignal | undefined }) {
    this.#request = request;
    this.#patience = patience;
    const head = Promise.withResolvers<IncomingMessage>();
    this.head = head.promise;
    const stop = () => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    request.once('socket', (socket) => this.#watch(socket));
    request.once('response', (answer) => {
      this.#answer = answer;
      this.#isWaiting = false;
      answer.on('error', (error) => this.#lose(error)); // also while nobody takes the body
      head.resolve(answer);
    });
    request.on('error', (error) => this.#lose(error));
    request.once('close', () => {
      signal?.removeEventListener('abort', stop);
      head.reject(this.#lose());
    });
  }

  /** Gives the body, all of it unless that throws. @throws what broke the connection, or `take` */
  async each(take: Take): Promise<void> {
    const answer = this.#answer;
    if (!answer) throw this.#lose();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (error: unknown) => {
      reject(error);
      this.stop();
    };
    answer.on('data', (chunk: Buffer) => {
      try {
        this.#pass(chunk, take(chunk))?.catch(refuse);
      } catch (error) {
        refuse(error);
      }
    });
    answer.once('end', resolve);
    answer.once('close', () => reject(this.#lose()));
    if (answer.destroyed) reject(this.#lose());
    this.#wait();
    // The end may come while the last part is taken; and whoever tries again must not meet whoever still takes a part of this.
    await promise.finally(() => this.#taking);
  }

  /** Ends the connection. */
  stop(): void {
    this.#end(broken('the connection was closed'));
  }

  #watch(socket: Socket): void {
    const connected = () => {
      this.#isConnected = true;
      socket.setTimeout(this.#patience);
    };
    if (this.#request.reusedSocket) connected();
    else socket.setTimeout(CONNECT_TIMEOUT).once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
    const tire = () => this.#tire();
    socket.on('timeout', tire);
    this.#request.once('close', () => socket.off('timeout', tire));
  }

  #tire(): void {
    if (!this.#isConnected) this.#end(broken('the server does not answer', 'UND_ERR_CONNECT_TIMEOUT'));
    else if (this.#isWaiting) this.#end(broken('the server is silent', 'UND_ERR_BODY_TIMEOUT'));
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#request.socket?.setTimeout(this.#patience);
  }

  #pass(chunk: Buffer, taking: Promise<void> | undefined): Promise<void> | undefined {
    if (taking === undefined) {
      giveBack(chunk);
      return undefined;
    }
    this.#answer?.pause();
    this.#isWaiting = false;
    const taken = taking.then(() => {
      giveBack(chunk);
      // One that was ended would still give what it has.
      if (this.#answer?.destroyed) return;
      this.#wait();
      this.#answer?.resume();
    });
    this.#taking = taken;
    return taken;
  }

  #end(error: Error): void {
    this.#failure ??= error;
    // To end the request alone throws away what came, and then the answer ends as if it had been taken.
    (this.#answer ?? this.#request).destroy(this.#failure);
  }

  /** Why there is no more. */
  #lose(error?: Error): Error {
    const code = error && 'code' in error ? error.code : undefined;
    // Node's own error for a connection that ended too early; of one of the system the call is known.
    const isEnd = error === undefined || (code === 'ECONNRESET' && !('syscall' in error));
    this.#failure ??= isEnd ? broken('the server closed the connection') : error;
    return this.#failure;
  }
}

/** With undici's codes, on which others branch. */
function broken(message: string, code = 'UND_ERR_SOCKET'): Error {
  return Object.assign(new Error(message), { code });
}
