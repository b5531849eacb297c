import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerState } from '../../spec/index.ts';
import { CREATED, sampleConfig, sampleState } from '../testing/container-state.ts';
import { dockerReference } from '../testing/docker-reference.ts';
import { TestWorld } from '../testing/run-cli.ts';

const NOW = CREATED + 1_000_000_000;
const SECOND = 1000;

/** The containers of the list that Docker was given, as they are here. */
const STATES: ContainerState[] = [
  sampleState({
    id: '01'.repeat(32),
    argv: ['sh', '-c', "'while true; do echo hello; sleep 1; done'"],
    created: NOW - 120 * SECOND,
    started: NOW - 120 * SECOND,
    ports: [{ hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
    config: sampleConfig({
      labels: { tier: 'front', 'a.team-name': 'x' },
      mounts: [{ type: 'bind', source: '/srv/a-very-long-name', target: '/b', readOnly: false }],
    }),
  }),
  sampleState({
    id: '02'.repeat(32),
    name: 'a_container_with_a_long_name',
    created: NOW - 7200 * SECOND,
    status: 'exited',
    exitCode: 137,
    finished: NOW - 3600 * SECOND,
  }),
  sampleState({
    id: '03'.repeat(32),
    name: 'n',
    argv: ['true'],
    created: NOW - 300_000 * SECOND,
    status: 'created',
    config: sampleConfig({
      image: 'a-registry.example.com:5000/some/image:latest',
      network: { ...sampleConfig().network, mode: 'host' },
    }),
  }),
];

describe(`docker ps, Docker ${dockerReference.docker}`, () => {
  for (const { args, output } of dockerReference.ps) {
    test(args.join(' '), async () => {
      const world = new TestWorld();
      world.engine.states = STATES;
      world.now = () => NOW;
      const exitCode = await world.run('ps', ...args);
      // A table's last column is padded by Docker when a cell after it could follow; nobody sees that.
      const trimmed = (text: string) => text.replaceAll(/ +$/gm, '');
      assert.equal(trimmed(world.stdout.text), trimmed(output));
      assert.equal(exitCode, output === '' ? 1 : 0);
    });
  }
});
