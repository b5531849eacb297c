import { KeelsonError } from '../../base/index.ts';
import type { Call } from '../call.ts';
import { Out, Struct, Within } from '../call.ts';
import type { Allow } from '../calls/file-calls.ts';
import {
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  SIOCGIFINDEX,
} from '../constants/netlink.ts';
import { AF_NETLINK, MSG_DONTWAIT, SOCK_RAW, SOL_NETLINK } from '../constants/socket.ts';
import { EAGAIN } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Value } from '../value.ts';
import { joinParts } from './attribute.ts';
import type { NetlinkMessage, NetlinkRequest } from './message.ts';
import { decodeMessages, encodeMessage, NETLINK_HEADER } from './message.ts';
import type { Acknowledgement } from './netlink-error.ts';
import { decodeAcknowledgement, NetlinkError } from './netlink-error.ts';

/** An acknowledgement with its words, and the request that it repeats. */
const ANSWER_SIZE = 1024;
/** What the kernel puts into one message of a dump at most. */
const DUMP_SIZE = 32 * 1024;
const DUMP_READS = 3;
const DUMP_ATTEMPTS = 8;

/**
 * A netlink(7) socket of a process, in the network namespace in which the process is when this is made.
 *
 * Changes are only issued, like any call of a `Kernel`: ten of them cost one round trip, and the batch stops at the first
 * one that the kernel refuses, with a `NetlinkError`. Lists are promises.
 */
export class NetlinkSocket {
  readonly kernel: Kernel;
  readonly socket: Value;
  readonly #protocol: number;
  #sequence = 0;
  #strict = false;

  /** `protocol`: NETLINK_ROUTE (default), NETLINK_NETFILTER. */
  constructor(kernel: Kernel, protocol: number = NETLINK_ROUTE) {
    this.kernel = kernel;
    this.#protocol = protocol;
    this.socket = kernel.socket(AF_NETLINK, SOCK_RAW, protocol);
    kernel.setsockopt(this.socket, { level: SOL_NETLINK, name: NETLINK_EXT_ACK, value: 1 });
  }

  /** Issues a change. `allow`: errnos that are as good as success, such as EEXIST. */
  request(request: NetlinkRequest, options: Allow = {}): void {
    this.#send([request], NLM_F_ACK);
    this.#acknowledge(request, options);
  }

  /** Issues several messages as one, of which the last but one is acknowledged: a transaction of nf_tables. */
  requestTogether(requests: readonly NetlinkRequest[], options: Allow = {}): void {
    const about = requests.at(-2);
    if (!about) throw new TypeError('a transaction has a beginning, an end and something between');
    this.#send(requests, 0);
    this.#acknowledge(about, options);
  }

  #acknowledge(request: NetlinkRequest, options: Allow): void {
    const room = new Out(ANSWER_SIZE);
    const args = [this.socket, room, ANSWER_SIZE, MSG_DONTWAIT, null, null];
    const answer = this.kernel.issue({ name: 'recvfrom', args, outByReturn: true }, (outcome) => outcome.bytes);
    const failure = (errno: number, { step }: Call) => refusal(request, answer.outcome?.bytes, { errno, step });
    // The kernel handles a request before sendto returns, so the answer is there. Its errno fails this load, and the batch.
    const errno = [new Within(room, NETLINK_HEADER)];
    this.kernel.issue({ name: 'load', operation: true, args: errno, failure, ...options }, () => undefined);
  }

  /** Asks for one object. @returns undefined when the kernel answers with one of `absent` (errnos) */
  async query(request: NetlinkRequest, absent: readonly number[] = []): Promise<NetlinkMessage | undefined> {
    this.#checkStrictly();
    this.#send([request], 0);
    const bytes = await this.kernel.recvfrom(this.socket, DUMP_SIZE, MSG_DONTWAIT);
    const [message] = decodeMessages(bytes);
    const answer = decodeAcknowledgement(message);
    if (answer && absent.includes(answer.errno)) return undefined;
    if (answer && answer.errno !== 0) throw refusal(request, bytes, answer);
    return message;
  }

  /**
   * Asks for all objects. Starts anew when they changed in the middle (NLM_F_DUMP_INTR). The answer comes in as many
   * parts as it takes, so it gets a socket to itself: whatever else is asked meanwhile does not come in between.
   * @returns none when the kernel answers with one of `absent` (errnos)
   */
  async dump(request: NetlinkRequest, absent: readonly number[] = []): Promise<NetlinkMessage[]> {
    const own = new NetlinkSocket(this.kernel, this.#protocol);
    try {
      return await own.#dump(request, absent);
    } finally {
      own.close();
    }
  }

  async #dump(request: NetlinkRequest, absent: readonly number[]): Promise<NetlinkMessage[]> {
    this.#checkStrictly();
    for (let attempt = 1; ; attempt++) {
      this.#send([request], NLM_F_DUMP);
      const messages = await this.#receiveAll(request, absent);
      const interrupted = messages.some(({ flags }) => flags & NLM_F_DUMP_INTR);
      if (!interrupted || attempt === DUMP_ATTEMPTS) return messages.filter(({ type }) => type !== NLMSG_DONE);
    }
  }

  /** if_nametoindex(3), as a value to come. A name that does not exist stops the batch with ENODEV. */
  indexOf(name: string): Value {
    const purpose = `find the link ${name}`;
    const failure = (errno: number, { step }: Call) => {
      const request = {
        type: 0,
        header: { bytes: new Uint8Array(), late: [] },
        attributes: [],
        purpose,
        subject: `link ${name}`,
      };
      return new NetlinkError(request, { errno, text: undefined, offset: undefined }, { step });
    };
    // struct ifreq; SIOCGIFINDEX works on a socket of any family (netdevice(7)).
    const bytes = Buffer.alloc(40);
    bytes.write(name, 0, 15);
    const structure = new Struct(bytes, [], { shown: `{ifr_name=${JSON.stringify(name)}}` });
    this.kernel.issue({ name: 'ioctl', args: [this.socket, SIOCGIFINDEX, structure], failure }, () => undefined);
    const args = [new Within(structure, 16)];
    return this.kernel.issue({ name: 'load', operation: true, args }, (outcome) => outcome.value);
  }

  /** Issues the close of the socket. */
  close(): void {
    this.kernel.close(this.socket);
  }

  #send(requests: readonly NetlinkRequest[], flags: number): void {
    const messages = requests.map((r) => encodeMessage(r, NLM_F_REQUEST | flags, ++this.#sequence));
    const { bytes, late } = joinParts(messages);
    const shown = `{${[...new Set(requests.map(({ purpose }) => purpose))].join('; ')}}`;
    this.kernel.sendto(this.socket, new Struct(bytes, late, { shown }));
  }

  /** Filters in a request for a list are only obeyed by a socket that asks for it (Linux 4.20). */
  #checkStrictly(): void {
    if (this.#strict) return;
    this.#strict = true;
    this.kernel.setsockopt(this.socket, { level: SOL_NETLINK, name: NETLINK_GET_STRICT_CHK, value: 1 });
  }

  async #receiveAll(request: NetlinkRequest, absent: readonly number[]): Promise<NetlinkMessage[]> {
    const messages: NetlinkMessage[] = [];
    for (;;) {
      const before = messages.length;
      const reads = Array.from({ length: DUMP_READS }, () =>
        this.kernel.recvfrom(this.socket, DUMP_SIZE, MSG_DONTWAIT, { allow: [EAGAIN] }),
      );
      for (const bytes of await Promise.all(reads)) messages.push(...decodeMessages(bytes));
      const last = messages.at(-1);
      const refused = last && decodeAcknowledgement(last);
      if (refused && absent.includes(refused.errno)) return [];
      if (refused) throw new NetlinkError(request, refused);
      const errno = last?.type === NLMSG_DONE && last.payload.length >= 4 ? Math.abs(last.payload.readInt32LE(0)) : 0;
      if (errno !== 0) throw new NetlinkError(request, plain(errno));
      if (last?.type === NLMSG_DONE) return messages;
      if (messages.length === before) {
        throw new KeelsonError('internal', `the answer to "${request.purpose}" ended in the middle`, {
          code: 'NETLINK_SHORT',
        });
      }
    }
  }
}

function plain(errno: number): Acknowledgement {
  return { errno, text: undefined, offset: undefined };
}

/** The error of a refused request, with the words and the attribute of the extended ack in `bytes`. */
function refusal(
  request: NetlinkRequest,
  bytes: Buffer | undefined,
  { errno, step }: { errno: number; step?: Call['step'] },
): NetlinkError {
  const answer = decodeAcknowledgement(bytes && decodeMessages(bytes)[0]) ?? plain(errno);
  const { bytes: sent } = encodeMessage(request, 0, 0);
  const { offset } = answer;
  const attribute =
    offset !== undefined && offset + 4 <= sent.length ? Buffer.from(sent).readUInt16LE(offset + 2) & 0x3fff : undefined;
  return new NetlinkError(request, answer, { attribute, step });
}
