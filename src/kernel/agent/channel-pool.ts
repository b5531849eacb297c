import type { Socket } from 'node:net';
import type { Fd } from '../call.ts';

/** One end of a channel: the socket here, and the descriptor in the agent that a child will serve. */
export interface ChannelPair {
  socket: Socket;
  fd: Fd;
}

/** A process in which the descriptors of a pool are open. */
export interface Holder {
  /** Sends the clone that makes the process, if that still waits: it inherits what its parent has then. */
  beBorn(): void;
  /** Closes a descriptor that another process took for its own. */
  giveUp(fd: Fd): void;
}

/**
 * Channels that were made ahead, whose descriptors every process of a family inherited. The one that takes a channel
 * must be the only one that has it: its end is known by the close of the channel.
 */
export class ChannelPool {
  readonly #pairs: ChannelPair[];
  readonly #holders = new Set<Holder>();

  constructor(pairs: readonly ChannelPair[] = []) {
    this.#pairs = [...pairs];
    // The other end may go before anybody uses the channel.
    for (const { socket } of pairs) socket.on('error', () => undefined);
  }

  join(holder: Holder): void {
    this.#holders.add(holder);
  }

  /** When the last process has gone, so have the other ends of what is left. */
  leave(holder: Holder): void {
    this.#holders.delete(holder);
    if (this.#holders.size > 0) return;
    for (const { socket } of this.#pairs.splice(0)) socket.destroy();
  }

  take(by: Holder): ChannelPair | undefined {
    const pair = this.#pairs.shift();
    const others = [...this.#holders].filter((holder) => holder !== by);
    if (!pair || others.length === 0) return pair;
    // All first: a close is sent at once, and a parent that closes before it clones has nothing to hand down.
    for (const holder of this.#holders) holder.beBorn();
    for (const holder of others) holder.giveUp(pair.fd);
    return pair;
  }
}
