import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerHealth } from '../../spec/index.ts';
import { planHealthcheck } from './health-plan.ts';
import { NEW_HEALTH, nextHealth } from './next-health.ts';
import { watchHealth } from './watch-health.ts';

/** A container in no process, whose clock stands still but in pauses and probes. */
class FakeContainer {
  readonly plan = {
    ...(planHealthcheck({ Test: ['CMD', 'true'] }) ?? assert.fail()),
    startPeriod: 2500,
    startInterval: 1000,
    retries: 2,
  };
  readonly started = 0;
  readonly pauses: number[] = [];
  readonly seen: string[] = [];
  time = 0;
  runs = true;
  known: ContainerHealth | undefined = NEW_HEALTH;
  /** The exit code of each probe; with the last the container ends. */
  codes: number[] = [];
  beforeResult: () => void = () => undefined;
  readonly clock = {
    now: () => this.time,
    sleep: async (milliseconds: number) => {
      this.pauses.push(milliseconds);
      this.time += milliseconds;
      if (this.codes.length === 0) this.runs = false;
    },
  };
  isRunning = () => this.runs;
  health = () => this.known;
  probe = async () => {
    const start = this.time;
    this.time += 100;
    this.beforeResult();
    return { start, end: this.time, exitCode: this.codes.shift() ?? 0, output: '' };
  };
  record = (result: Awaited<ReturnType<FakeContainer['probe']>>) => {
    this.known = nextHealth(this.known ?? NEW_HEALTH, result, this);
    this.seen.push(`${result.start} ${this.known.status}`);
  };
  watch = (signal = new AbortController().signal) => watchHealth(this, { clock: this.clock, signal });
}

describe('watchHealth', () => {
  test('start period, interval from the end of a probe, unhealthy and healthy again', async () => {
    const container = new FakeContainer();
    container.codes = [1, 1, 1, 1, 0];
    await container.watch();
    assert.deepEqual(container.pauses, [1000, 1000, 300, 30_000, 30_000, 30_000]);
    assert.deepEqual(container.seen, [
      '1000 starting',
      '2100 starting',
      '2500 starting',
      '32600 unhealthy',
      '62700 healthy',
    ]);
  });

  test('what a probe finds in a container that has ended meanwhile is nothing', async () => {
    const container = new FakeContainer();
    container.codes = [137];
    container.beforeResult = () => {
      container.runs = false;
    };
    await container.watch();
    assert.deepEqual(container.seen, []);
  });

  test('it ends when it is told to, and when the container has been removed', async () => {
    const container = new FakeContainer();
    const controller = new AbortController();
    container.codes = [0, 0, 0];
    container.beforeResult = () => controller.abort();
    await container.watch(controller.signal);
    assert.deepEqual([container.seen, container.codes.length], [[], 2]);

    const removed = new FakeContainer();
    removed.known = undefined;
    await removed.watch();
    assert.deepEqual(removed.pauses, []);
  });
});
