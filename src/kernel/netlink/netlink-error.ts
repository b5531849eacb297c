import { KeelsonError } from '../../base/index.ts';
import type { Step } from '../call.ts';
import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_ERROR,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from '../constants/netlink.ts';
import { describeErrno, EOPNOTSUPP, EPERM, errnoName } from '../errno.ts';
import { kindOfErrno } from '../syscall-error.ts';
import { decodeAttributes } from './attribute.ts';
import type { NetlinkMessage, NetlinkRequest } from './message.ts';
import { NETLINK_HEADER } from './message.ts';

/** What the kernel answered to a request: 0 or a negative errno, and its words (extended ack, Linux 4.12). */
export interface Acknowledgement {
  /** Positive; 0 means done. */
  errno: number;
  /** `Nexthop has invalid gateway` */
  text: string | undefined;
  /** Where in the request the attribute stands that the kernel did not like. */
  offset: number | undefined;
}

/** Reads struct nlmsgerr; undefined for any other message. */
export function decodeAcknowledgement(message: NetlinkMessage | undefined): Acknowledgement | undefined {
  if (message?.type !== NLMSG_ERROR || message.payload.length < 4) return undefined;
  const { payload, flags } = message;
  const errno = Math.abs(payload.readInt32LE(0));
  if (!(flags & NLM_F_ACK_TLVS) || payload.length < 4 + NETLINK_HEADER)
    return { errno, text: undefined, offset: undefined };
  // Behind the errno stands the request: all of it after an error, its header alone after success or when capped.
  const whole = errno !== 0 && !(flags & NLM_F_CAPPED);
  const request = whole ? (payload.readUInt32LE(4) + 3) & ~3 : NETLINK_HEADER;
  const attributes = decodeAttributes(payload.subarray(4 + request));
  const text = attributes.get(NLMSGERR_ATTR_MSG);
  const offset = attributes.get(NLMSGERR_ATTR_OFFS);
  return {
    errno,
    text: text?.toString('utf8').replace(/\0.*$/s, ''),
    offset: offset && offset.length >= 4 ? offset.readUInt32LE(0) : undefined,
  };
}

/** The kernel refused a netlink request: what was asked, of which object, and what it said. `code` is the errno's name. */
export class NetlinkError extends KeelsonError {
  /** Positive errno. */
  readonly errno: number;
  /** `link eth0`, `address 10.0.0.2/24 on eth0` */
  readonly subject: string;
  /** The kernel's own words, where it gave any. */
  readonly kernelMessage: string | undefined;
  /** Type of the attribute that the kernel did not like (IFLA_*, IFA_*, RTA_*), where it told. */
  readonly attribute: number | undefined;
  readonly step: Step | undefined;

  constructor(
    request: NetlinkRequest,
    answer: Acknowledgement,
    detail: { attribute?: number | undefined; step?: Step | undefined } = {},
  ) {
    const name = errnoName(answer.errno);
    const said = answer.text === undefined || answer.text === '' ? describeErrno(answer.errno) : answer.text;
    super(kindOfErrno(answer.errno), `cannot ${request.purpose}: ${said} (${name})`, {
      code: name,
      hint: hintFor(request, answer),
    });
    this.name = 'NetlinkError';
    this.errno = answer.errno;
    this.subject = request.subject;
    this.kernelMessage = answer.text;
    this.attribute = detail.attribute;
    this.step = detail.step;
  }
}

function hintFor(request: NetlinkRequest, answer: Acknowledgement): string | undefined {
  if (answer.errno === EPERM) return 'this needs CAP_NET_ADMIN in the user namespace that owns the network namespace';
  if (answer.errno === EOPNOTSUPP && request.purpose.startsWith('create the ')) {
    const kind = request.purpose.split(' ')[2];
    return `this kernel knows no links of the kind ${kind}: load the module (modprobe ${kind}) or take another kernel`;
  }
  return undefined;
}
