import type { Socket } from 'node:net';
import type { Reply } from './frame.ts';
import { decodeReply, REPLY_HEADER } from './frame.ts';

/** Cuts what comes through a channel into answers. */
export class ChannelReader {
  readonly #deliver: (reply: Reply) => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(socket: Socket, deliver: (reply: Reply) => void) {
    this.#deliver = deliver;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  #take(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= REPLY_HEADER) {
      const first = this.#parts[0] as Buffer;
      const joined = first.length >= 4 && this.#parts.length === 1 ? first : Buffer.concat(this.#parts);
      this.#parts = [joined];
      const wanted = joined.readUInt32LE(0);
      if (this.#size < wanted) return;
      this.#parts = [joined.subarray(wanted)];
      this.#size -= wanted;
      this.#deliver(decodeReply(joined.subarray(0, wanted)));
    }
  }
}
