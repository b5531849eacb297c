import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { KeelsonError } from '../base/index.ts';
import { type Kernel, RecordingKernel } from '../kernel/index.ts';
import { SpareProcess } from './spare-process.ts';

/** Two turns: one until the birth begins, one until it is over. */
async function born(): Promise<void> {
  for (let i = 0; i < 4; i++) await turn();
}

test('the first is asked for in vain; after that one is always ready', async () => {
  const made: Kernel[] = [];
  await using spare = new SpareProcess(async () => {
    const kernel = new RecordingKernel();
    made.push(kernel);
    return kernel;
  });
  assert.equal(spare.take(), undefined);
  await born();
  assert.equal(spare.take(), made[0]);
  assert.equal(spare.take(), undefined);
  await born();
  assert.equal(made.length, 2);
  assert.equal(spare.take(), made[1]);
});

test('a birth that fails is tried again at the next request', async () => {
  let tries = 0;
  await using spare = new SpareProcess(async () => {
    if (++tries === 1) throw new KeelsonError('exhausted', 'no more processes', { code: 'EAGAIN' });
    return new RecordingKernel();
  });
  spare.take();
  await born();
  assert.equal(spare.take(), undefined);
  await born();
  assert.ok(spare.take());
});

test('what waits when it is disposed of is released, and nothing more is born', async () => {
  let released = 0;
  let births = 0;
  const spare = new SpareProcess(async () => {
    births++;
    const kernel = new RecordingKernel();
    kernel.release = () => void released++;
    return kernel;
  });
  spare.take();
  await born();
  await spare[Symbol.asyncDispose]();
  spare.take();
  await born();
  assert.deepEqual([births, released], [1, 1]);
});
