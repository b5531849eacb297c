import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportSkipped } from './test-report.ts';

async function report(events: Parameters<typeof reportSkipped>[0]) {
  const skipped: string[][] = [];
  const lines: unknown[] = [];
  for await (const { data } of reportSkipped(events, (names) => skipped.push(names))) {
    lines.push(data.message ?? data.name);
  }
  return { skipped, lines };
}

async function* eventsOf(skip?: string) {
  yield { type: 'test:pass', data: { name: 'first' } };
  yield { type: 'test:diagnostic', data: { message: 'tests run here' } };
  yield { type: 'test:pass', data: { name: 'second', ...(skip === undefined ? {} : { skip }) } };
  yield { type: 'test:diagnostic', data: { message: 'tests 2' } };
  yield { type: 'test:diagnostic', data: { message: 'pass 2' } };
}

test('a run without skipped tests passes unchanged', async () => {
  const { skipped, lines } = await report(eventsOf());
  assert.deepEqual(lines, ['first', 'tests run here', 'second', 'tests 2', 'pass 2']);
  assert.deepEqual(skipped, []);
});

test('skipped tests are named before the summary, which stays last', async () => {
  const { skipped, lines } = await report(eventsOf(''));
  assert.deepEqual(skipped, [['second']]);
  assert.match(String(lines[3]), /^1 skipped, .*: second$/);
  assert.deepEqual(lines.slice(4), ['tests 2', 'pass 2']);
});
