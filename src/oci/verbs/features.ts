import {
  CAPABILITY_NAMES,
  type Features,
  HOOK_KINDS,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  MOUNT_OPTION_NAMES,
  NAMESPACE_TYPES,
  OCI_VERSION,
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from '../../spec/index.ts';
import type { Command } from '../command.ts';

/** What this runtime was built to do, as JSON of the specification's features document. */
export const features: Command = {
  flags: {},
  args: { least: 0, most: 0 },
  usage: 'features',
  purpose: 'show the enabled features',
  async run({ context }) {
    context.print(`${JSON.stringify(describe(), null, 4)}\n`);
    return 0;
  },
};

function describe(): Features {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: OCI_VERSION,
    hooks: HOOK_KINDS,
    mountOptions: MOUNT_OPTION_NAMES,
    // They set properties of a unit of the host's systemd.
    potentiallyUnsafeConfigAnnotations: ['org.systemd.property.'],
    linux: {
      namespaces: [...NAMESPACE_TYPES].sort(),
      capabilities: CAPABILITY_NAMES,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: {
        enabled: true,
        actions: [...SECCOMP_ACTIONS].sort(),
        operators: [...SECCOMP_OPERATORS].sort(),
        archs: [...SECCOMP_ARCHITECTURES].sort(),
        knownFlags: [...SECCOMP_FLAGS].sort(),
        supportedFlags: [...SECCOMP_FLAGS].sort(),
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      memoryPolicy: { modes: MEMORY_POLICY_MODES, flags: MEMORY_POLICY_FLAGS },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      netDevices: { enabled: true },
      mountExtensions: { idmap: { enabled: true } },
    },
    // As runc says it, whether criu is installed or not.
    annotations: { 'org.opencontainers.runc.checkpoint.enabled': 'true' },
  };
}
