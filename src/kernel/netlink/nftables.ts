import type { Allow } from '../calls/file-calls.ts';
import {
  NETLINK_NETFILTER,
  NFNL_MSG_BATCH_BEGIN,
  NFNL_MSG_BATCH_END,
  NFNL_SUBSYS_NFTABLES,
  NFPROTO_INET,
  NFT_MSG_DELSETELEM,
  NFT_MSG_GETSETELEM,
  NFT_MSG_NEWSETELEM,
  NFTA_DATA_VALUE,
  NFTA_LIST_ELEM,
  NFTA_SET_ELEM_DATA,
  NFTA_SET_ELEM_KEY,
  NFTA_SET_ELEM_LIST_ELEMENTS,
  NFTA_SET_ELEM_LIST_SET,
  NFTA_SET_ELEM_LIST_TABLE,
  NFTA_SET_ELEM_USERDATA,
  NLA_F_NESTED,
  NLM_F_ACK,
  NLM_F_CREATE,
} from '../constants/netlink.ts';
import { ENOENT } from '../errno.ts';
import type { Kernel } from '../kernel.ts';
import type { Attribute, MessagePart } from './attribute.ts';
import { bytesAttribute, decodeAttributeList, decodeAttributes, nestedAttribute, textAttribute } from './attribute.ts';
import type { NetlinkMessage, NetlinkRequest } from './message.ts';
import { NetlinkSocket } from './netlink-socket.ts';

/** A named set or map in a table of the family inet. */
export interface NftSet {
  table: string;
  name: string;
}

/** An element of a set; of a map, with what the key leads to. Fields of several bytes each begin at a multiple of four. */
export interface NftElement {
  key: MessagePart;
  data?: MessagePart | undefined;
  /** Shown by `nft list`; up to 127 bytes. */
  comment?: string | undefined;
}

/** Elements that come or go. */
export interface NftChange {
  act: 'add' | 'delete';
  set: NftSet;
  elements: readonly NftElement[];
}

/** sizeof(struct nfgenmsg). */
const NFGENMSG = 4;
/** NFTNL_UDATA_SET_ELEM_COMMENT: how `nft` keeps comments. */
const COMMENT = 0;
const ELEMENTS_PER_MESSAGE = 500;

/**
 * Elements of sets and maps of nf_tables, which cost microseconds here and ten milliseconds through the `nft` program.
 * Tables, chains and rules are left to that.
 */
export class Nftables {
  readonly #socket: NetlinkSocket;

  constructor(kernel: Kernel) {
    this.#socket = new NetlinkSocket(kernel, NETLINK_NETFILTER);
  }

  /** Issues a transaction: all changes are made, or none. Errors: ENOENT without the set, EEXIST for other data of a key. */
  change(changes: readonly NftChange[], purpose: string, options: Allow = {}): void {
    const requests = changes.flatMap((change) => inPieces(change).map((piece) => elementsRequest(piece, purpose)));
    const last = requests.at(-1);
    if (!last) return;
    last.flags = (last.flags ?? 0) | NLM_F_ACK;
    const [begin, end] = [NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END].map((type) => batchEdge(type, purpose));
    if (begin && end) this.#socket.requestTogether([begin, ...requests, end], options);
  }

  /** @returns undefined when the table, the set or the element is missing */
  async find(set: NftSet, key: MessagePart): Promise<NftElement | undefined> {
    const attributes = [...setAttributes(set), elementList([{ key }])];
    const message = await this.#socket.query(getRequest(set, attributes), [ENOENT]);
    return message && decodeElements(message)[0];
  }

  /** All elements; none when the table or the set is missing. */
  async list(set: NftSet): Promise<NftElement[]> {
    const messages = await this.#socket.dump(getRequest(set, setAttributes(set)), [ENOENT]);
    return messages.flatMap(decodeElements);
  }

  close(): void {
    this.#socket.close();
  }
}

function header(family: number, resource: number): MessagePart {
  return { bytes: Uint8Array.of(family, 0, resource >> 8, resource & 0xff), late: [] };
}

function batchEdge(type: number, purpose: string): NetlinkRequest {
  return { type, header: header(0, NFNL_SUBSYS_NFTABLES), attributes: [], purpose, subject: 'nftables' };
}

function getRequest({ table, name }: NftSet, attributes: readonly Attribute[]): NetlinkRequest {
  const about = { purpose: `look into the set ${name} of the nftables table ${table}`, subject: `set ${name}` };
  return {
    type: (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETSETELEM,
    header: header(NFPROTO_INET, 0),
    attributes,
    ...about,
  };
}

function elementsRequest({ act, set, elements }: NftChange, purpose: string): NetlinkRequest {
  const message = act === 'add' ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
  return {
    type: (NFNL_SUBSYS_NFTABLES << 8) | message,
    flags: act === 'add' ? NLM_F_CREATE : 0,
    header: header(NFPROTO_INET, 0),
    attributes: [...setAttributes(set), elementList(elements)],
    purpose,
    subject: `set ${set.name}`,
  };
}

/** The length of an attribute has 16 bits. */
function inPieces(change: NftChange): NftChange[] {
  const pieces = Math.ceil(change.elements.length / ELEMENTS_PER_MESSAGE);
  return Array.from({ length: pieces }, (_, i) => ({
    ...change,
    elements: change.elements.slice(i * ELEMENTS_PER_MESSAGE, (i + 1) * ELEMENTS_PER_MESSAGE),
  }));
}

function setAttributes({ table, name }: NftSet): Attribute[] {
  return [textAttribute(NFTA_SET_ELEM_LIST_TABLE, table), textAttribute(NFTA_SET_ELEM_LIST_SET, name)];
}

function elementList(elements: readonly NftElement[]): Attribute {
  const list = elements.map(({ key, data, comment }) =>
    nest(NFTA_LIST_ELEM, [
      nest(NFTA_SET_ELEM_KEY, [{ type: NFTA_DATA_VALUE, ...key }]),
      ...(data ? [nest(NFTA_SET_ELEM_DATA, [{ type: NFTA_DATA_VALUE, ...data }])] : []),
      ...(comment === undefined ? [] : [bytesAttribute(NFTA_SET_ELEM_USERDATA, userData(comment))]),
    ]),
  );
  return nest(NFTA_SET_ELEM_LIST_ELEMENTS, list);
}

function nest(type: number, attributes: readonly Attribute[]): Attribute {
  return nestedAttribute(type | NLA_F_NESTED, attributes);
}

function userData(comment: string): Uint8Array {
  const text = Buffer.from(`${comment}\0`);
  return Buffer.concat([Uint8Array.of(COMMENT, text.length), text]);
}

function decodeElements({ payload }: NetlinkMessage): NftElement[] {
  const list = decodeAttributes(payload.subarray(NFGENMSG)).get(NFTA_SET_ELEM_LIST_ELEMENTS);
  if (!list) return [];
  return decodeAttributeList(list).map(([, element]) => {
    const attributes = decodeAttributes(element);
    const key = dataOf(attributes.get(NFTA_SET_ELEM_KEY));
    return {
      key: key ?? { bytes: new Uint8Array(), late: [] },
      data: dataOf(attributes.get(NFTA_SET_ELEM_DATA)),
      comment: commentOf(attributes.get(NFTA_SET_ELEM_USERDATA)),
    };
  });
}

function dataOf(nested: Buffer | undefined): MessagePart | undefined {
  const bytes = nested && decodeAttributes(nested).get(NFTA_DATA_VALUE);
  return bytes && { bytes, late: [] };
}

/** Type, length, value; the comment is the only one that `nft` puts there before others. */
function commentOf(userdata: Buffer | undefined): string | undefined {
  if (!userdata || userdata.length < 2 || userdata[0] !== COMMENT) return undefined;
  return userdata.toString('utf8', 2, 2 + (userdata[1] ?? 0)).replace(/\0.*$/s, '');
}
