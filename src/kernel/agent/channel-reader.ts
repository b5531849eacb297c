import type { Socket } from 'node:net';
import type { Reply } from './frame.ts';
import { decodeReply, REPLY_HEADER, replySize } from './frame.ts';

/** Cuts what comes through a channel into answers. */
export class ChannelReader {
  readonly #socket: Socket;
  readonly #deliver: (reply: Reply) => void;
  readonly #take = (chunk: Buffer) => this.#add(chunk);
  #rest: Buffer = Buffer.alloc(0);
  #stopped = false;

  /** An error that `deliver` throws, or bytes that are no answer, destroy the socket with that error. */
  constructor(socket: Socket, deliver: (reply: Reply) => void) {
    this.#socket = socket;
    this.#deliver = deliver;
    socket.on('data', this.#take);
  }

  /** Leaves everything behind the answer that is being delivered to whoever reads the socket next. */
  stop(): void {
    this.#stopped = true;
    this.#socket.off('data', this.#take);
    this.#socket.pause();
  }

  /** What came behind the last answer; once. */
  takeRest(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest;
  }

  #add(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    try {
      while (!this.#stopped && this.#rest.length >= REPLY_HEADER) {
        const size = replySize(this.#rest);
        if (this.#rest.length < size) return;
        const frame = this.#rest.subarray(0, size);
        this.#rest = this.#rest.subarray(size);
        this.#deliver(decodeReply(frame));
      }
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
