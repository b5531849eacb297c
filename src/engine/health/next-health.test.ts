import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planHealthcheck } from './health-plan.ts';
import { NEW_HEALTH, nextHealth, pauseBefore } from './next-health.ts';

const PLAN = {
  ...(planHealthcheck({ Test: ['CMD', 'true'] }) ?? assert.fail()),
  startPeriod: 10_000,
  startInterval: 1000,
  retries: 2,
};
const STARTED = 1_000_000;
const at = (second: number, exitCode: number) => {
  const start = STARTED + second * 1000;
  return { start, end: start + 1, exitCode, output: String(second) };
};
/** Probes at these seconds with these exit codes; what is known after each. */
const after = (...probes: [second: number, exitCode: number][]) => {
  let health = NEW_HEALTH;
  return probes.map(([second, exitCode]) => {
    health = nextHealth(health, at(second, exitCode), { plan: PLAN, started: STARTED });
    return `${health.status} ${health.failingStreak}`;
  });
};

describe('nextHealth', () => {
  test('failures of the start period do not count, later ones do', () => {
    assert.deepEqual(after([1, 1], [9.9, 1], [10, 1], [11, 1]), [
      'starting 0',
      'starting 0',
      'starting 1',
      'unhealthy 2',
    ]);
  });
  test('they count in the start period too, once it was healthy', () => {
    assert.deepEqual(after([1, 0], [2, 1], [3, -1], [4, 0]), ['healthy 0', 'healthy 1', 'unhealthy 2', 'healthy 0']);
  });
  test('the last five results are kept', () => {
    let health = NEW_HEALTH;
    for (let i = 0; i < 7; i++) health = nextHealth(health, at(i, 0), { plan: PLAN, started: STARTED });
    assert.deepEqual(
      health.log.map(({ output }) => output),
      ['2', '3', '4', '5', '6'],
    );
    assert.deepEqual(NEW_HEALTH.log, []);
  });
});

describe('pauseBefore', () => {
  const pause = (status: 'starting' | 'healthy', second: number) =>
    pauseBefore({ ...NEW_HEALTH, status }, { plan: PLAN, started: STARTED, now: STARTED + second * 1000 });
  test('the start interval while it starts', () => assert.equal(pause('starting', 1), 1000));
  test('but not over the end of the start period', () => assert.equal(pause('starting', 9.5), 500));
  test('the interval after it', () => assert.equal(pause('starting', 10), 30_000));
  test('the interval once it was healthy', () => assert.equal(pause('healthy', 1), 30_000));
});
