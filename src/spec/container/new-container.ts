import type { ContainerConfig } from './container-config.ts';

/** A container with Docker's defaults for everything that is not said: `newContainer({ image: 'busybox', command: ['date'] })`. */
export function newContainer(wanted: Partial<ContainerConfig>): ContainerConfig {
  return {
    command: [],
    env: [],
    groupAdd: [],
    tty: false,
    interactive: false,
    init: false,
    autoRemove: false,
    readOnly: false,
    mounts: [],
    privileges: {
      privileged: false,
      capAdd: [],
      capDrop: [],
      noNewPrivileges: false,
      seccomp: 'default',
      unconfinedSystemPaths: false,
    },
    devices: [],
    resources: {},
    ulimits: [],
    sysctls: {},
    namespaces: {},
    network: { mode: 'bridge', dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [], ports: [] },
    labels: {},
    annotations: {},
    ...wanted,
  };
}
