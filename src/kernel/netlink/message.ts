import type { Attribute, MessagePart } from './attribute.ts';
import { encodeAttributes, joinParts, malformed } from './attribute.ts';

/** What is asked of the kernel in one message. */
export interface NetlinkRequest {
  /** RTM_* */
  type: number;
  /** NLM_F_* besides those of the way it is sent. */
  flags?: number;
  /** The fixed structure in front of the attributes: struct ifinfomsg, ifaddrmsg, rtmsg. */
  header: MessagePart;
  attributes: readonly Attribute[];
  /** What it does, for errors and `--explain`: `create the veth link eth0`. */
  purpose: string;
  /** What it is about: `link eth0`. */
  subject: string;
}

/** One message that came back. */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  payload: Buffer;
}

/** sizeof(struct nlmsghdr). */
export const NETLINK_HEADER = 16;

/** struct nlmsghdr with what follows it. The port is left 0: the kernel knows the sender. */
export function encodeMessage(request: NetlinkRequest, flags: number, sequence: number): MessagePart {
  const body = joinParts([request.header, encodeAttributes(request.attributes)]);
  const header = Buffer.alloc(NETLINK_HEADER);
  header.writeUInt32LE(NETLINK_HEADER + body.bytes.length, 0);
  header.writeUInt16LE(request.type, 4);
  header.writeUInt16LE(flags | (request.flags ?? 0), 6);
  header.writeUInt32LE(sequence, 8);
  return joinParts([{ bytes: header, late: [] }, body]);
}

/** Cuts what one recv brought into messages. @throws KeelsonError `NETLINK_MALFORMED` */
export function decodeMessages(bytes: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + NETLINK_HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < NETLINK_HEADER || at + length > bytes.length) throw malformed('the header');
    messages.push({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      payload: bytes.subarray(at + NETLINK_HEADER, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}
