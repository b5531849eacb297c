import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as frame from '../../../src/kernel/agent/frame.ts';
import { RequestWriter } from '../../../src/kernel/agent/request-writer.ts';
import { Out, Struct, THIS_CHANNEL } from '../../../src/kernel/call.ts';
import { decodeExitEvent } from '../../../src/kernel/index.ts';
import { temporaryFolder } from './processes.ts';

const native = new URL('../../../native', import.meta.url).pathname;

const FIELDS = {
  request: ['size', 'seq', 'calls', 'flags', 'data', 'scratch'],
  call: ['nr', 'nargs', 'flags', 'slot', 'nrelocs', 'nallow', 'retries', 'kinds', 'out_at', 'out_size'],
  reloc: ['at', 'kind', 'target'],
  reply: ['size', 'seq', 'type', 'done', 'error'],
  result: ['value', 'out_size'],
  result_trace: ['start', 'duration'],
  exit_event: ['pid', 'code', 'status', 'time'],
  log_record: ['time', 'size', 'stream'],
};

const CONSTANTS = [
  'BUFFER_SIZE',
  'MAX_ARGS',
  'SLOTS',
  'NO_SLOT',
  'REQUEST_TRACE',
  'REQUEST_CHAINED',
  'REQUEST_APART',
  'REQUEST_UNANSWERED',
  'CALL_ALLOW_ANY',
  'CALL_OUT_RET',
  'ARG_VALUE',
  'ARG_POINTER',
  'ARG_SLOT',
  'ARG_CHANNEL',
  'RELOC_POINTER',
  'RELOC_SLOT32',
  'RELOC_SLOT64',
  'FRAME_EXIT_EVENT',
];

const OPERATIONS = ['clone', 'load', 'watch', 'pump', 'listen', 'init'] as const;

/** What a C compiler makes of native/frame.h: `struct.field`, `sizeof.struct` and constants by name. */
function layoutOfC(): Map<string, number> {
  using folder = temporaryFolder();
  const lines = Object.entries(FIELDS).flatMap(([struct, fields]) => [
    `P("sizeof.${struct}", sizeof(struct ${struct}));`,
    ...fields.map((field) => `P("${struct}.${field}", offsetof(struct ${struct}, ${field}));`),
  ]);
  const names = [...CONSTANTS, ...OPERATIONS.map((name) => `OP_${name.toUpperCase()}`)];
  const source = join(folder.path, 'layout.c');
  writeFileSync(
    source,
    `#include <stddef.h>\n#include <stdio.h>\n#include "frame.h"\n#define P(name, value) printf("%s %ld\\n", name, (long)(value))
int main(void)\n{\n${[...lines, ...names.map((name) => `P("${name}", ${name});`)].join('\n')}\n}\n`,
  );
  execFileSync('cc', ['-I', native, '-o', join(folder.path, 'layout'), source]);
  const output = execFileSync(join(folder.path, 'layout'), { encoding: 'utf8' });
  return new Map(
    output
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]),
  );
}

const layout = layoutOfC();

function at(name: string): number {
  const offset = layout.get(name);
  if (offset === undefined) throw new Error(`the C program does not tell ${name}`);
  return offset;
}

test('constants and sizes are those of native/frame.h', () => {
  const client: Readonly<Record<string, unknown>> = { ...frame };
  for (const name of CONSTANTS) assert.equal(client[name], at(name), name);
  assert.equal(frame.REQUEST_HEADER, at('sizeof.request'));
  assert.equal(frame.CALL_HEADER, at('sizeof.call'));
  assert.equal(frame.RELOC_SIZE, at('sizeof.reloc'));
  assert.equal(frame.REPLY_HEADER, at('sizeof.reply'));
});

function written(operation: (writer: RequestWriter) => boolean): Buffer {
  const writer = new RequestWriter('x64', () => false);
  assert.ok(operation(writer));
  return writer.take({ sequence: 0x01020304, trace: true, chained: false, apart: true });
}

test('a request stands where the agent reads it', () => {
  const out = new Out(40);
  const struct = new Struct(Buffer.alloc(16), [{ at: 8, value: 'text' }]);
  const bytes = written((w) =>
    w.add({ name: 'read', args: [5, out, THIS_CHANNEL, struct], allow: [11, 4], retries: 300, outByReturn: true }, 77),
  );
  const call = at('sizeof.request');
  const args = call + at('sizeof.call');
  const reloc = args + 4 * 8;
  const data = bytes.readUInt32LE(at('request.data'));
  assert.equal(bytes.readUInt32LE(at('request.size')), bytes.length);
  assert.equal(bytes.readUInt32LE(at('request.seq')), 0x01020304);
  assert.equal(bytes.readUInt16LE(at('request.calls')), 1);
  assert.equal(bytes.readUInt16LE(at('request.flags')), at('REQUEST_TRACE') | at('REQUEST_APART'));
  assert.equal(bytes.readUInt32LE(at('request.scratch')), 40);
  assert.equal(bytes.readUInt16LE(call + at('call.nr')), 0, 'read(2) of x86-64');
  assert.equal(bytes.readUInt8(call + at('call.nargs')), 4);
  assert.equal(bytes.readUInt8(call + at('call.flags')), at('CALL_OUT_RET'));
  assert.equal(bytes.readUInt16LE(call + at('call.slot')), 77);
  assert.equal(bytes.readUInt16LE(call + at('call.nrelocs')), 1);
  assert.equal(bytes.readUInt16LE(call + at('call.nallow')), 2);
  assert.equal(bytes.readUInt16LE(call + at('call.retries')), 300);
  const kinds = [at('ARG_VALUE'), at('ARG_POINTER'), at('ARG_CHANNEL'), at('ARG_POINTER')];
  assert.equal(
    bytes.readUInt32LE(call + at('call.kinds')),
    kinds.reduce((all, kind, i) => all | (kind << (4 * i)), 0),
  );
  // Output comes behind the bytes that were sent.
  assert.equal(bytes.readUInt32LE(call + at('call.out_at')), bytes.length - data);
  assert.equal(bytes.readUInt32LE(call + at('call.out_size')), 40);
  assert.equal(bytes.readBigUInt64LE(args), 5n);
  const structAt = Number(bytes.readBigUInt64LE(args + 24));
  assert.equal(bytes.readUInt32LE(reloc + at('reloc.at')), structAt + 8);
  assert.equal(bytes.readUInt16LE(reloc + at('reloc.kind')), at('RELOC_POINTER'));
  const text = data + Number(bytes.readBigUInt64LE(reloc + at('reloc.target')));
  assert.equal(bytes.toString('latin1', text, text + 5), 'text\0');
  const allowed = reloc + at('sizeof.reloc');
  assert.deepEqual([bytes.readUInt16LE(allowed), bytes.readUInt16LE(allowed + 2)], [11, 4]);
});

test('operations have their numbers', () => {
  for (const name of OPERATIONS) {
    const bytes = written((w) => w.add({ name, operation: true, args: [] }, undefined));
    const call = at('sizeof.request');
    assert.equal(bytes.readUInt16LE(call + at('call.nr')), at(`OP_${name.toUpperCase()}`), name);
    assert.equal(bytes.readUInt16LE(call + at('call.slot')), at('NO_SLOT'));
  }
});

test('an answer is read where the agent writes it', () => {
  const head = at('sizeof.reply');
  const result = at('sizeof.result');
  const bytes = Buffer.alloc(head + result + at('sizeof.result_trace') + 3);
  bytes.writeUInt32LE(bytes.length, at('reply.size'));
  bytes.writeUInt32LE(9, at('reply.seq'));
  bytes.writeUInt16LE(1, at('reply.done'));
  bytes.writeUInt16LE(0, at('reply.type'));
  bytes.writeInt32LE(11, at('reply.error'));
  bytes.writeBigInt64LE(-11n, head + at('result.value'));
  bytes.writeUInt32LE(3, head + at('result.out_size'));
  bytes.writeBigUInt64LE(1000n, head + result + at('result_trace.start'));
  bytes.writeBigUInt64LE(20n, head + result + at('result_trace.duration'));
  bytes.write('abc', head + result + at('sizeof.result_trace'));
  assert.equal(frame.replySize(bytes), bytes.length);
  const reply = frame.decodeReply(bytes);
  assert.deepEqual(
    { sequence: reply.sequence, type: reply.type, done: reply.done, error: reply.error },
    { sequence: 9, type: 0, done: 1, error: 11 },
  );
  assert.deepEqual(frame.decodeResults(reply.body, { count: 1, trace: true }), [
    { value: -11, bytes: Buffer.from('abc'), start: 1000n, duration: 20n },
  ]);
  assert.throws(() => frame.decodeResults(reply.body, { count: 2, trace: true }), { code: 'AGENT_ANSWER' });
});

test('an exit is read where the agent writes it', () => {
  const bytes = Buffer.alloc(at('sizeof.exit_event'));
  bytes.writeInt32LE(123, at('exit_event.pid'));
  bytes.writeInt32LE(1, at('exit_event.code')); // CLD_EXITED
  bytes.writeInt32LE(42, at('exit_event.status'));
  bytes.writeBigUInt64LE(1_700_000_000_123_000_000n, at('exit_event.time'));
  const event = decodeExitEvent(bytes);
  assert.deepEqual({ status: event.status, signal: event.signal }, { status: 42, signal: undefined });
});
