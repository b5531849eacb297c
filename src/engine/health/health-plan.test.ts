import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Healthcheck, newContainer } from '../../spec/index.ts';
import { planHealthcheck, withHealthcheck } from './health-plan.ts';

describe('planHealthcheck', () => {
  test("Docker's defaults", () => {
    assert.deepEqual(planHealthcheck({ Test: ['CMD', 'test', '-e', '/ok'] }), {
      words: ['test', '-e', '/ok'],
      shell: false,
      interval: 30_000,
      timeout: 30_000,
      startPeriod: 0,
      startInterval: 5000,
      retries: 3,
    });
  });

  test('nanoseconds become milliseconds', () => {
    const times = { Interval: 1e9, Timeout: 2e9, StartPeriod: 3e9, StartInterval: 1.5e6, Retries: 7 };
    const plan = planHealthcheck({ Test: ['CMD-SHELL', 'test -e /ok'], ...times });
    assert.deepEqual(plan, {
      words: ['test -e /ok'],
      shell: true,
      interval: 1000,
      timeout: 2000,
      startPeriod: 3000,
      startInterval: 1.5,
      retries: 7,
    });
  });

  const none: (Healthcheck | undefined)[] = [
    undefined,
    {},
    { Test: [] },
    { Test: ['NONE'] },
    { Test: ['CMD'] },
    { Test: ['HTTP', '/'] },
    { Interval: 1e9 },
  ];
  for (const check of none) {
    test(`no check: ${JSON.stringify(check)}`, () => assert.equal(planHealthcheck(check), undefined));
  }
});

describe('withHealthcheck', () => {
  const image = { Healthcheck: { Test: ['CMD', 'a'], Interval: 1e9, Retries: 2 } };
  const merged = (healthcheck: Healthcheck | undefined) =>
    JSON.parse(JSON.stringify(withHealthcheck(newContainer({ healthcheck }), image).healthcheck));

  test("the image's, where none was asked for", () => assert.deepEqual(merged(undefined), image.Healthcheck));
  test('a part of it', () => {
    assert.deepEqual(merged({ Retries: 9, Interval: 0 }), { Test: ['CMD', 'a'], Interval: 1e9, Retries: 9 });
  });
  test('none', () => assert.equal(planHealthcheck(merged({ Test: ['NONE'] })), undefined));
  test('one without an image', () => {
    const config = newContainer({ healthcheck: { Test: ['CMD', 'a'] } });
    assert.equal(withHealthcheck(config, undefined), config);
  });

  const wrong: Healthcheck[] = [
    { Test: ['HTTP', '/'] },
    { Test: ['CMD'] },
    { Interval: 5 },
    { Timeout: -1 },
    { StartPeriod: Number.NaN },
    { Retries: -1 },
    { Retries: 1.5 },
  ];
  for (const check of wrong) {
    test(`refuses ${JSON.stringify(check)}`, () => assert.throws(() => merged(check), { code: 'HEALTHCHECK_INVALID' }));
  }
});
