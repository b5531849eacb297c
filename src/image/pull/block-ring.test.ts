import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlockRing } from './block-ring.ts';

const LARGE = 10 << 20;

test('bytes come out in their order, and a block stays as it is while somebody works on it', async () => {
  const input = Buffer.from(Array.from({ length: 1 << 21 }, (_, i) => (i * 7 + (i >> 9)) & 255));
  const seen: Buffer[] = [];
  let working = 0;
  let most = 0;
  const ring = new BlockRing(LARGE, async (block) => {
    working++;
    most = Math.max(most, working);
    const before = Buffer.from(block);
    seen.push(before);
    await sleep(2);
    assert.ok(block.equals(before));
    working--;
  });
  for (let at = 0, step = 1; at < input.length; at += step, step = (step * 5 + 1) % 70_000) {
    await ring.add(input.subarray(at, at + step));
  }
  await ring.flush();
  assert.equal(working, 0);
  assert.ok(Buffer.concat(seen).equals(input));
  assert.ok(most > 1 && most <= 3, `${most} at once`);
  assert.ok(seen.length < 20, `${seen.length} blocks`);
});

test('a few bytes do not wait for a full block', async () => {
  const { promise: came, resolve } = Promise.withResolvers<string>();
  const ring = new BlockRing(LARGE, async (block) => resolve(block.toString()));
  await ring.add(Buffer.from('slow'));
  assert.equal(await came, 'slow');
  await ring.flush();
});

test('what goes wrong is told to whoever gives more, and forgotten when it begins anew', async () => {
  let calls = 0;
  const ring = new BlockRing(4, async () => {
    calls++;
    if (calls === 1) throw new Error('full');
  });
  const give = async () => {
    for (let i = 0; i < 10; i++) await ring.add(Buffer.from('1234'));
  };
  await assert.rejects(give(), /full/);
  await assert.rejects(ring.flush(), /full/);
  const before = calls;
  await ring.clear();
  await give();
  await ring.flush();
  assert.equal(calls, before + 10);
});
