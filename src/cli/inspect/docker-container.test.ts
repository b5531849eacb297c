import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerState } from '../../spec/index.ts';
import { toJson } from '../template/go-value.ts';
import { CREATED, sampleConfig, sampleState } from '../testing/container-state.ts';
import { dockerReference } from '../testing/docker-reference.ts';
import { formatter } from '../text/formatter.ts';
import { dockerContainer } from './docker-container.ts';

describe('dockerContainer', () => {
  const state = sampleState({
    argv: ['sleep', '100'],
    ports: [
      { hostIp: '', hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      { hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53, protocol: 'udp' },
    ],
    network: { ip4: '10.88.0.2/16', gateway4: '10.88.0.1', macAddress: '02:42:0a:58:00:02' },
    config: sampleConfig({
      labels: { a: '1' },
      mounts: [
        { type: 'bind', source: '/a', target: '/b', readOnly: true, recursiveReadOnly: true, propagation: 'rslave' },
        { type: 'volume', source: 'data', target: '/c', readOnly: false },
        { type: 'tmpfs', target: '/t', readOnly: false, tmpfsSize: 4096, tmpfsMode: 0o1777, options: ['exec'] },
      ],
      ulimits: [{ name: 'nofile', soft: 1, hard: 2 }],
      resources: { memory: 4096, cpus: 1.5, pidsLimit: 7 },
      namespaces: { pid: 'host', user: { mode: 'keep-id', uid: 5 } },
      network: { ...sampleConfig().network, ports: [{ hostIp: '', hostPort: 0, containerPort: 80, protocol: 'tcp' }] },
    }),
  });
  const docker = JSON.parse(toJson(dockerContainer(state)));

  test('has every field that Docker has', () => {
    const missing = Object.keys(dockerReference.container).filter((name) => !Object.hasOwn(docker, name));
    assert.deepEqual(missing, []);
    const part = (name: string) => Object.keys(dockerReference.container[name] ?? {});
    for (const name of ['State', 'HostConfig', 'NetworkSettings', 'Config']) {
      assert.deepEqual(
        part(name).filter((field) => !Object.hasOwn(docker[name], field)),
        [],
        name,
      );
    }
  });

  test('mounts, limits and namespaces as they were asked for', () => {
    const { HostConfig: host } = docker;
    assert.deepEqual(host.Binds, ['/a:/b:ro,rslave', 'data:/c']);
    assert.deepEqual(host.Tmpfs, { '/t': 'size=4096,mode=1777,exec' });
    assert.deepEqual(docker.Mounts[0], {
      Type: 'bind',
      Source: '/a',
      Destination: '/b',
      Mode: 'ro',
      RW: false,
      Propagation: 'rslave',
    });
    assert.deepEqual(
      [host.Memory, host.NanoCpus, host.PidsLimit, host.PidMode, host.UsernsMode],
      [4096, 1.5e9, 7, 'host', 'keep-id:uid=5'],
    );
    assert.deepEqual(host.Ulimits, [{ Name: 'nofile', Hard: 2, Soft: 1 }]);
    assert.deepEqual(host.PortBindings, { '80/tcp': [{ HostIp: '', HostPort: '' }] });
  });

  test('addresses and open ports', () => {
    const { NetworkSettings: network } = docker;
    assert.deepEqual(network.Ports, {
      '53/udp': [{ HostIp: '127.0.0.1', HostPort: '5353' }],
      '80/tcp': [{ HostIp: '', HostPort: '8080' }],
    });
    assert.deepEqual(
      [network.IPAddress, network.IPPrefixLen, network.Networks.bridge.IPAddress, network.SandboxKey],
      ['10.88.0.2', 16, '10.88.0.2', '/proc/4242/ns/net'],
    );
  });

  test('health, and nothing of it where there is no check', () => {
    const show = (format: string, changes: Partial<ContainerState>) =>
      formatter(format)(dockerContainer(sampleState(changes))).trimEnd();
    const checked = {
      config: sampleConfig({ healthcheck: { Test: ['CMD', 'true'], Interval: 90e9, Timeout: 0, Retries: 0 } }),
      health: {
        status: 'unhealthy' as const,
        failingStreak: 3,
        log: [{ start: CREATED, end: CREATED + 500, exitCode: -1, output: 'too slow' }],
      },
    };
    assert.deepEqual(JSON.parse(show('{{json .State.Health}}', checked)), {
      Status: 'unhealthy',
      FailingStreak: 3,
      Log: [
        {
          Start: '2026-01-02T03:04:05.000000000Z',
          End: '2026-01-02T03:04:05.500000000Z',
          ExitCode: -1,
          Output: 'too slow',
        },
      ],
    });
    assert.equal(show('{{json .Config.Healthcheck}}', checked), '{"Test":["CMD","true"],"Interval":90000000000}');
    assert.equal(show('{{.Config.Healthcheck.Interval}}', checked), '1m30s');
    const template = '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}';
    assert.equal(show(template, checked), 'unhealthy');
    assert.equal(show(template, {}), 'none');
    assert.doesNotMatch(show('{{json .}}', {}), /Health/);
  });

  test('one that never ran', () => {
    const created = JSON.parse(toJson(dockerContainer(sampleState({ status: 'created', pid: 0, started: undefined }))));
    assert.deepEqual([created.State.StartedAt, created.State.Running], ['0001-01-01T00:00:00Z', false]);
    assert.deepEqual([created.NetworkSettings.Ports, created.NetworkSettings.SandboxKey], [{}, '']);
  });
});
