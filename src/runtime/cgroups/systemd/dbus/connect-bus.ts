// host-path: sockets of D-Bus, which the host's services listen at
import { connect, type Socket } from 'node:net';
import { type Bus, DBusError } from './bus.ts';
import { decodeMessage, encodeCall, type Message, type MethodCall, messageLength } from './message.ts';
import type { DBusValue } from './value.ts';

export interface BusPlace {
  /** Of the socket; NUL in front of one in the abstract name space. */
  path: string;
  /** False for a socket of the service itself. */
  brokered: boolean;
}

/** Milliseconds that whoever listens gets for an answer. */
const PATIENCE = 30_000;

/**
 * Connects and says who we are; the kernel vouches for it (SASL EXTERNAL). No number of a user is sent: in a user
 * namespace ours would be another one than that which the other side sees.
 */
export async function connectBus({ path, brokered }: BusPlace): Promise<Bus> {
  const bus = new SocketBus(connect(path), brokered);
  try {
    await bus.authenticate();
    if (brokered) {
      const name = 'org.freedesktop.DBus';
      await bus.call({ destination: name, path: '/org/freedesktop/DBus', interface: name, member: 'Hello' });
    }
    return bus;
  } catch (error) {
    bus[Symbol.dispose]();
    throw error;
  }
}

class SocketBus implements Bus {
  readonly brokered: boolean;
  readonly lost: Promise<Error>;
  readonly #socket: Socket;
  readonly #replies = new Map<number, PromiseWithResolvers<readonly DBusValue[]>>();
  readonly #listeners = new Set<(message: Message) => void>();
  #lines: ((line: string) => void) | undefined;
  /** Lines have ended, and messages begin. */
  #isOpen = false;
  #received = Buffer.alloc(0);
  #serial = 0;

  constructor(socket: Socket, brokered: boolean) {
    this.brokered = brokered;
    this.#socket = socket;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.lost = promise;
    socket.on('error', resolve).on('close', () => resolve(new Error('D-Bus closed the connection')));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    void promise.then((error) => {
      for (const reply of this.#replies.values()) reply.reject(error);
      this.#replies.clear();
    });
  }

  /**
   * All at once, as sd-bus does, and nothing more until the answer is there: a systemd that reads a message together with
   * BEGIN does not look at it before the next one comes.
   */
  async authenticate(): Promise<void> {
    this.#socket.write('\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n');
    let answer = await this.#line();
    if (answer.startsWith('DATA')) answer = await this.#line();
    this.#isOpen = answer.startsWith('OK');
    if (this.#isOpen) return;
    throw new DBusError('org.freedesktop.DBus.Error.AuthFailed', `D-Bus answers: ${answer}`);
  }

  async call(call: MethodCall): Promise<readonly DBusValue[]> {
    this.#serial += 1;
    const serial = this.#serial;
    const reply = Promise.withResolvers<readonly DBusValue[]>();
    this.#replies.set(serial, reply);
    this.#socket.write(encodeCall(serial, call));
    return await this.#withPatience(reply.promise).finally(() => this.#replies.delete(serial));
  }

  onSignal(to: (message: Message) => void): () => void {
    this.#listeners.add(to);
    return () => void this.#listeners.delete(to);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #line(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#lines = resolve;
    this.#takeLine();
    return await this.#withPatience(promise);
  }

  async #withPatience<T>(answer: Promise<T>): Promise<T> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`D-Bus does not answer for ${PATIENCE / 1000} seconds`)), PATIENCE);
    try {
      return await Promise.race([
        answer,
        over,
        this.lost.then((error) => {
          throw error;
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    try {
      if (this.#lines) this.#takeLine();
      else if (this.#isOpen) this.#takeMessages();
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : undefined);
    }
  }

  #takeLine(): void {
    const end = this.#received.indexOf('\r\n');
    const to = this.#lines;
    if (end < 0 || to === undefined) return;
    const line = this.#received.subarray(0, end).toString();
    this.#received = this.#received.subarray(end + 2);
    this.#lines = undefined;
    to(line);
  }

  #takeMessages(): void {
    for (let length = messageLength(this.#received); length !== undefined; length = messageLength(this.#received)) {
      if (this.#received.length < length) return;
      const message = decodeMessage(this.#received.subarray(0, length));
      this.#received = this.#received.subarray(length);
      this.#deliver(message);
    }
  }

  #deliver(message: Message): void {
    if (message.type === 'signal') for (const listener of this.#listeners) listener(message);
    const reply = this.#replies.get(message.replyTo);
    if (message.type === 'return') reply?.resolve(message.args);
    if (message.type === 'error') {
      reply?.reject(new DBusError(message.errorName, String(message.args[0] ?? message.errorName)));
    }
  }
}
