import { mkdtempSync, rmdirSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { AF_UNIX, SOCK_STREAM } from '../constants/socket.ts';
import { unixAddress } from '../structs/socket-address.ts';
import type { Value } from '../value.ts';
import type { AgentProcess } from './agent-process.ts';
import type { ChannelPair } from './channel-pool.ts';

interface Opened {
  socket: Socket;
  accepted: Value;
}

/**
 * Makes channels for an agent that lives long: it listens on a socket in a folder of ours, we connect and the agent
 * accepts. Connections are accepted in the order in which they were made, so the two ends are known to belong together.
 */
export class ChannelServer {
  /** What the paths of our sockets begin with. */
  readonly #prefix: string;
  /** Made for this server alone. */
  readonly #folder: string | undefined;
  #generation = 0;
  #path = '';
  #listener: Value | undefined;
  /** Why there will be no socket. */
  #failure: Error | undefined;
  /** Connections that wait for the socket to be there. */
  #waiting: Socket[] | undefined = [];
  /** Connections that the agent has not accepted yet, in order. */
  #opened: Opened[] = [];

  /** `parent`: a folder only we can enter. `name`: of the sockets in it, which nobody else uses; default: a folder of their own. */
  constructor(parent: string, name?: string) {
    this.#folder = name === undefined ? mkdtempSync(join(parent, 'agent-')) : undefined;
    this.#prefix = this.#folder ? join(this.#folder, 's') : join(parent, `${name}-`);
    // Fails here, and not in the agent, if the path is too long.
    unixAddress(`${this.#prefix}0000`);
  }

  /** Resolves when the socket is there, or never will be: then whoever opens a channel is told. */
  listen(kernel: AgentProcess): Promise<void> {
    const path = `${this.#prefix}${this.#generation++}`;
    this.#path = path;
    const waiting: Socket[] = [];
    this.#waiting = waiting;
    const listening = kernel.apart(() => {
      this.#listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
      kernel.bind(this.#listener, unixAddress(path));
      return kernel.listen(this.#listener, 4096);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    listening.onSettled(() => {
      if (this.#waiting === waiting) {
        this.#waiting = undefined;
        this.#failure = listening.failure;
      }
      for (const socket of waiting) {
        if (listening.failure) socket.destroy(listening.failure);
        else if (!socket.destroyed) socket.connect(path);
        else forgo(path);
      }
      resolve();
    });
    return promise;
  }

  open(process: AgentProcess): ChannelPair {
    if (!this.#listener) throw new TypeError('the channel server does not listen yet');
    const socket = new Socket({ allowHalfOpen: true });
    socket.on('error', () => undefined);
    // What is written before the connection stands waits in the socket.
    socket.cork();
    socket.once('connect', () => socket.uncork());
    if (this.#waiting) this.#waiting.push(socket);
    else if (this.#failure) socket.destroy(this.#failure);
    else socket.connect(this.#path);
    const accepted = process.accept4(this.#listener);
    const opened = { socket, accepted };
    this.#opened.push(opened);
    accepted.onSettled(() => {
      if (accepted.failure) this.#renew(process, opened);
      else this.#opened = this.#opened.filter((o) => o !== opened);
    });
    return { socket, fd: accepted };
  }

  /**
   * A connection that was made and never accepted would be taken for the next one: so nothing more is accepted from
   * this socket, and whoever still waits there fails. It stays open: what is on its way to be accepted must not be taken
   * from a descriptor of the same number.
   */
  #renew(process: AgentProcess, failed: Opened): void {
    const index = this.#opened.indexOf(failed);
    if (index === -1) return;
    for (const { socket } of this.#opened.splice(0)) socket.destroy();
    void this.listen(process);
  }

  dispose(): void {
    for (let i = 0; i < this.#generation; i++) {
      try {
        unlinkSync(`${this.#prefix}${i}`);
      } catch {
        // it was never made
      }
    }
    if (this.#folder === undefined) return;
    try {
      rmdirSync(this.#folder);
    } catch {
      // somebody removed the folder above it
    }
  }
}

/** The agent waits for a connection that nobody needs any more: it gets one that ends. */
function forgo(path: string): void {
  const socket = new Socket();
  socket.on('error', () => undefined).connect(path, () => socket.destroy());
}
