/** A configuration and what runc 1.1.5 and we make of it. */
export interface Case {
  what: string;
  config: unknown;
  /** Does runc create a container? */
  runc: 'takes' | 'refuses';
  /** `takes`, or the path of the first problem. */
  ours: string;
  /** Where we differ on purpose. */
  why?: string;
}

interface Config {
  [field: string]: unknown;
  process: Record<string, unknown>;
  mounts: unknown[];
  linux: { namespaces: { type: string }[]; resources: Record<string, unknown>; [field: string]: unknown };
}

/** A container that runc and we take: a shell of its own, in namespaces of its own. */
function valid(): Config {
  return {
    ociVersion: '1.0.2',
    root: { path: 'rootfs' },
    process: { cwd: '/', args: ['/bin/sh', '-c', 'true'], env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: {
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      resources: { devices: [{ allow: false, access: 'rwm' }] },
    },
  };
}

/** The valid configuration, changed. */
function config(change: (config: Config) => void): Config {
  const result = valid();
  change(result);
  return result;
}

const process = (fields: Record<string, unknown>) => config((c) => Object.assign(c.process, fields));
const linux = (fields: Record<string, unknown>) => config((c) => Object.assign(c.linux, fields));
const resources = (fields: Record<string, unknown>) => config((c) => Object.assign(c.linux.resources, fields));
const top = (fields: Record<string, unknown>) => config((c) => Object.assign(c, fields));
const mount = (fields: Record<string, unknown>) =>
  config((c) => c.mounts.push({ destination: '/x', source: 'x', ...fields }));
const without = (type: string) =>
  config((c) => {
    c.linux.namespaces = c.linux.namespaces.filter((namespace) => namespace.type !== type);
  });

/**
 * One difference is not among them, because runc would do it here: without a mount namespace it mounts into the root file
 * system of the host, and leaves that there. We refuse.
 */
export const CASES: readonly Case[] = [
  { what: 'a plain container', config: valid(), runc: 'takes', ours: 'takes' },
  { what: 'an unknown field', config: top({ unknown: 1 }), runc: 'takes', ours: 'takes' },
  { what: 'null for an optional field', config: linux({ maskedPaths: null }), runc: 'takes', ours: 'takes' },
  {
    what: 'a relative mount destination',
    config: top({ mounts: [{ destination: 'proc', type: 'proc', source: 'proc' }] }),
    runc: 'takes',
    ours: 'takes',
  },
  {
    what: 'an unknown capability',
    config: process({ capabilities: { bounding: ['CAP_FUTURE'] } }),
    runc: 'takes',
    ours: 'takes',
  },
  {
    what: 'contradictory mount options',
    config: mount({ type: 'tmpfs', options: ['ro', 'rw'] }),
    runc: 'takes',
    ours: 'takes',
  },

  { what: 'no process', config: top({ process: undefined }), runc: 'refuses', ours: 'process' },
  { what: 'no root', config: top({ root: undefined }), runc: 'refuses', ours: 'root' },
  { what: 'no arguments', config: process({ args: [] }), runc: 'refuses', ours: 'process.args' },
  { what: 'a relative cwd', config: process({ cwd: 'bin' }), runc: 'refuses', ours: 'process.cwd' },
  { what: 'no cwd', config: process({ cwd: '' }), runc: 'refuses', ours: 'process.cwd' },
  { what: 'a variable without =', config: process({ env: ['PATH'] }), runc: 'refuses', ours: 'process.env[0]' },
  {
    what: 'a uid of 2^32',
    config: process({ user: { uid: 2 ** 32, gid: 0 } }),
    runc: 'refuses',
    ours: 'process.user.uid',
  },
  { what: 'a negative gid', config: process({ user: { uid: 0, gid: -1 } }), runc: 'refuses', ours: 'process.user.gid' },
  {
    what: 'an unknown rlimit',
    config: process({ rlimits: [{ type: 'RLIMIT_X', soft: 1, hard: 1 }] }),
    runc: 'refuses',
    ours: 'process.rlimits[0].type',
  },
  {
    what: 'a soft limit above the hard one',
    config: process({ rlimits: [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }] }),
    runc: 'refuses',
    ours: 'process.rlimits[0].soft',
  },
  {
    what: 'a text for a number',
    config: resources({ memory: { limit: '64m' } }),
    runc: 'refuses',
    ours: 'linux.resources.memory.limit',
  },
  {
    what: 'a fraction for a number',
    config: resources({ pids: { limit: 1.5 } }),
    runc: 'refuses',
    ours: 'linux.resources.pids.limit',
  },
  {
    what: 'swap below memory',
    config: resources({ memory: { limit: 64e6, swap: 32e6 } }),
    runc: 'refuses',
    ours: 'linux.resources.memory.swap',
  },
  {
    what: 'a quota of 1 µs',
    config: resources({ cpu: { quota: 1, period: 100_000 } }),
    runc: 'refuses',
    ours: 'linux.resources.cpu.quota',
  },
  {
    what: 'a device rule about nothing',
    config: resources({ devices: [{ allow: false }] }),
    runc: 'refuses',
    ours: 'linux.resources.devices[0].access',
  },
  {
    what: 'a namespace twice',
    config: config((c) => c.linux.namespaces.push({ type: 'pid' })),
    runc: 'refuses',
    ours: 'linux.namespaces[5].type',
  },
  {
    what: 'an unknown namespace',
    config: config((c) => c.linux.namespaces.push({ type: 'mnt' })),
    runc: 'refuses',
    ours: 'linux.namespaces[5].type',
  },
  {
    what: 'a user namespace without mappings',
    config: config((c) => c.linux.namespaces.push({ type: 'user' })),
    runc: 'refuses',
    ours: 'linux.uidMappings',
  },
  {
    what: 'a hostname without a uts namespace',
    config: { ...without('uts'), hostname: 'x' },
    runc: 'refuses',
    ours: 'hostname',
  },
  { what: 'a hostname of 65 bytes', config: top({ hostname: 'x'.repeat(65) }), runc: 'refuses', ours: 'hostname' },
  {
    what: 'a sysctl of the host',
    config: linux({ sysctl: { 'kernel.core_pattern': 'x' } }),
    runc: 'refuses',
    ours: 'linux.sysctl["kernel.core_pattern"]',
  },
  {
    what: 'the hostname as a sysctl',
    config: linux({ sysctl: { 'kernel.hostname': 'x' } }),
    runc: 'refuses',
    ours: 'linux.sysctl["kernel.hostname"]',
  },
  {
    what: 'an unknown propagation',
    config: linux({ rootfsPropagation: 'public' }),
    runc: 'refuses',
    ours: 'linux.rootfsPropagation',
  },
  {
    what: 'a device of an unknown type',
    config: linux({ devices: [{ path: '/dev/x', type: 's', major: 1, minor: 3 }] }),
    runc: 'refuses',
    ours: 'linux.devices[0].type',
  },
  {
    what: 'an unknown seccomp action',
    config: linux({ seccomp: { defaultAction: 'SCMP_ACT_X', syscalls: [] } }),
    runc: 'refuses',
    ours: 'linux.seccomp.defaultAction',
  },
  {
    what: 'a NUL byte in a destination',
    config: mount({ destination: '/x\0y', type: 'tmpfs' }),
    runc: 'refuses',
    ours: 'mounts[1].destination',
  },
  {
    what: 'a mount of no type',
    config: mount({}),
    runc: 'refuses',
    ours: 'mounts[1].type',
  },
  {
    what: 'a class of resctrl that is a path',
    config: linux({ intelRdt: { closID: '../x' } }),
    runc: 'refuses',
    ours: 'linux.intelRdt.closID',
  },

  {
    what: 'mappings without a user namespace',
    config: linux({ uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] }),
    runc: 'takes',
    ours: 'linux.uidMappings',
    why: 'runc ignores them, and ids would not be what the author thinks',
  },
  {
    what: 'no version',
    config: top({ ociVersion: undefined }),
    runc: 'takes',
    ours: 'ociVersion',
    why: 'the specification requires it; runc never looks',
  },
  {
    what: 'a relative masked path',
    config: linux({ maskedPaths: ['proc/kcore'] }),
    runc: 'takes',
    ours: 'linux.maskedPaths[0]',
    why: 'the specification demands absolute ones',
  },
  {
    what: 'an rlimit twice',
    config: process({ rlimits: [2, 1].map((hard) => ({ type: 'RLIMIT_CORE', soft: 0, hard })) }),
    runc: 'takes',
    ours: 'process.rlimits[1].type',
    why: 'the specification demands an error',
  },
  {
    what: 'the uid that means "leave it as it is"',
    config: process({ user: { uid: 2 ** 32 - 1, gid: 0 } }),
    runc: 'refuses',
    ours: 'process.user.uid',
  },
  {
    what: 'a hook without time',
    config: top({ hooks: { poststop: [{ path: '/bin/true', timeout: 0 }] } }),
    runc: 'takes',
    ours: 'hooks.poststop[0].timeout',
    why: 'the specification demands more than 0',
  },
  {
    what: 'a device rule that says not whether it allows',
    config: resources({ devices: [{ access: 'rwm' }] }),
    runc: 'takes',
    ours: 'linux.resources.devices[0].allow',
    why: 'the specification requires it; runc denies',
  },
  {
    what: 'a device number of 13 bits',
    config: linux({ devices: [{ path: '/dev/x', type: 'c', major: 4097, minor: 3 }] }),
    runc: 'takes',
    ours: 'linux.devices[0].major',
    why: 'mknod(2) would drop the upper bit and make another device',
  },
  {
    what: 'memory of -5',
    config: resources({ memory: { limit: -5 } }),
    runc: 'refuses',
    ours: 'linux.resources.memory.limit',
  },
  {
    what: 'a whole number written as a fraction',
    config: JSON.parse(JSON.stringify(valid()).replace('"uid":0', '"uid":0.0')),
    runc: 'takes',
    ours: 'takes',
  },
];
