import { type ContainerConfig, type ContainerState, newContainer } from '../../spec/index.ts';

/** The configuration of `keelson run busybox sleep 100`. */
export function sampleConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return newContainer({ image: 'busybox', command: ['sleep', '100'], ...changes });
}

/** 2026-01-02 03:04:05 UTC. */
export const CREATED = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A container that has been running since three seconds after it was made. */
export function sampleState(changes: Partial<ContainerState> = {}): ContainerState {
  const id = 'abcdef012345'.padEnd(64, '6');
  const folder = `/var/lib/keelson/containers/${id}`;
  return {
    id,
    name: 'web',
    status: 'running',
    pid: 4242,
    config: sampleConfig(),
    argv: ['sleep', '100'],
    created: CREATED,
    started: CREATED + 3000,
    oomKilled: false,
    imageId: `sha256:${'1'.repeat(64)}`,
    ports: [],
    folder,
    logPath: `${folder}/log`,
    layers: { lower: ['/l1', '/l0'], upper: `${folder}/upper`, work: `${folder}/work` },
    ...changes,
  };
}
