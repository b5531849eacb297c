import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealthStatus } from '../../spec/index.ts';
import { sampleState } from '../testing/container-state.ts';
import { TestWorld } from '../testing/run-cli.ts';

const state = (name: string, health: HealthStatus | undefined, status: 'running' | 'exited' = 'running') =>
  sampleState({
    id: name.padEnd(64, '0'),
    name,
    status,
    finished: sampleState().created,
    ...(health && { health: { status: health, failingStreak: 0, log: [] } }),
  });
const STATES = [
  state('aa', 'starting'),
  state('bb', 'healthy'),
  state('cc', 'unhealthy'),
  state('dd', undefined),
  state('ee', 'unhealthy', 'exited'),
];

describe('keelson ps of containers with a health check', () => {
  const shown = async (...args: string[]) => {
    const world = new TestWorld();
    world.engine.states = STATES;
    assert.equal(await world.run('ps', '--format', '{{.Names}} {{.Status}}', ...args), 0, world.stderr.text);
    return world.stdout.text;
  };

  test('the status tells', async () => {
    const up = 'Up About a minute';
    const lines = [`aa ${up} (health: starting)`, `bb ${up} (healthy)`, `cc ${up} (unhealthy)`, `dd ${up}`];
    assert.equal(await shown(), `${lines.join('\n')}\n`);
    assert.match(await shown('-a'), /ee Exited \(0\) About a minute ago\n/);
  });

  const filters: [value: string, names: string[]][] = [
    ['starting', ['aa']],
    ['healthy', ['bb']],
    ['unhealthy', ['cc']],
    ['none', ['dd']],
  ];
  for (const [value, names] of filters) {
    test(`--filter health=${value}`, async () => {
      const lines = (await shown('--filter', `health=${value}`)).trim().split('\n');
      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        names,
      );
    });
  }

  test('another value is refused', async () => {
    const world = new TestWorld();
    assert.equal(await world.run('ps', '--filter', 'health=sick'), 125);
    assert.match(world.stderr.text, /expected health=starting, healthy, unhealthy, none/);
  });
});

describe('keelson healthcheck run', () => {
  for (const [found, exitCode, printed] of [
    [0, 0, ''],
    [7, 1, 'unhealthy\n'],
    [-1, 1, 'unhealthy\n'],
  ] as const) {
    test(`a probe that gives ${found}`, async () => {
      const world = new TestWorld();
      world.engine.probeResult = { start: 0, end: 0, exitCode: found, output: '' };
      assert.equal(await world.run('healthcheck', 'run', 'web'), exitCode);
      assert.deepEqual([world.stdout.text, world.engine.calls], [printed, [['checkHealth', 'web']]]);
    });
  }
});
