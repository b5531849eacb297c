import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeMessages } from './message.ts';
import { decodeAcknowledgement, NetlinkError } from './netlink-error.ts';

const request = {
  type: 24,
  header: { bytes: new Uint8Array(12), late: [] },
  attributes: [],
  purpose: 'add the route default via 9.9.9.9',
  subject: 'route default via 9.9.9.9',
};

/** struct nlmsgerr as the kernel sends it: errno, the request (or its header when capped), the extended ack. */
function acknowledgement({
  errno,
  capped,
  text,
  offset,
}: {
  errno: number;
  capped: boolean;
  text?: string;
  offset?: number;
}): Buffer {
  const body = Buffer.alloc(36);
  body.writeUInt32LE(36, 0);
  const echoed = capped || errno === 0 ? body.subarray(0, 16) : body;
  const attribute = (type: number, value: Buffer) => {
    const padded = Buffer.alloc((4 + value.length + 3) & ~3);
    padded.writeUInt16LE(4 + value.length, 0);
    padded.writeUInt16LE(type, 2);
    value.copy(padded, 4);
    return padded;
  };
  const number = Buffer.alloc(4);
  number.writeUInt32LE(offset ?? 0);
  const extended = [
    ...(text === undefined ? [] : [attribute(1, Buffer.from(`${text}\0`))]),
    ...(offset === undefined ? [] : [attribute(2, number)]),
  ];
  const header = Buffer.alloc(20);
  const message = Buffer.concat([header, echoed, ...extended]);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(2, 4);
  message.writeUInt16LE((capped ? 0x100 : 0) | (extended.length ? 0x200 : 0), 6);
  message.writeInt32LE(-errno, 16);
  return message;
}

describe('an acknowledgement', () => {
  for (const capped of [false, true]) {
    test(`gives the kernel's words and the offset, ${capped ? 'behind the header' : 'behind the whole request'}`, () => {
      const bytes = acknowledgement({ errno: 101, capped, text: 'Nexthop has invalid gateway', offset: 28 });
      assert.deepEqual(decodeAcknowledgement(decodeMessages(bytes)[0]), {
        errno: 101,
        text: 'Nexthop has invalid gateway',
        offset: 28,
      });
    });
  }

  test('without words is an errno alone', () => {
    const bytes = acknowledgement({ errno: 17, capped: false });
    assert.deepEqual(decodeAcknowledgement(decodeMessages(bytes)[0]), {
      errno: 17,
      text: undefined,
      offset: undefined,
    });
  });

  test('of success may carry a warning', () => {
    const bytes = acknowledgement({ errno: 0, capped: false, text: 'be careful' });
    assert.deepEqual(decodeAcknowledgement(decodeMessages(bytes)[0]), {
      errno: 0,
      text: 'be careful',
      offset: undefined,
    });
  });

  test('is not any other message', () => {
    assert.equal(decodeAcknowledgement(undefined), undefined);
    assert.equal(decodeAcknowledgement({ type: 16, flags: 0, sequence: 0, payload: Buffer.alloc(40) }), undefined);
  });
});

describe('NetlinkError', () => {
  test('says what was asked, of what, and what the kernel said', () => {
    const error = new NetlinkError(request, { errno: 101, text: 'Nexthop has invalid gateway', offset: undefined });
    assert.equal(error.message, 'cannot add the route default via 9.9.9.9: Nexthop has invalid gateway (ENETUNREACH)');
    assert.equal(error.code, 'ENETUNREACH');
    assert.equal(error.kind, 'unavailable');
    assert.equal(error.subject, 'route default via 9.9.9.9');
    assert.equal(error.kernelMessage, 'Nexthop has invalid gateway');
  });

  test('falls back to the text of the errno', () => {
    const error = new NetlinkError(request, { errno: 17, text: undefined, offset: undefined });
    assert.equal(error.message, 'cannot add the route default via 9.9.9.9: File exists (EEXIST)');
    assert.equal(error.kind, 'conflict');
  });

  test('hints at the privilege and at the missing driver', () => {
    const answer = (errno: number) => ({ errno, text: undefined, offset: undefined });
    assert.match(new NetlinkError(request, answer(1)).hint ?? '', /CAP_NET_ADMIN/);
    const create = { ...request, purpose: 'create the dummy link d0' };
    assert.match(new NetlinkError(create, answer(95)).hint ?? '', /modprobe dummy/);
    assert.equal(new NetlinkError(request, answer(95)).hint, undefined);
  });
});
