import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../../base/index.ts';
import { completeSpec } from '../complete-spec.ts';
import type { Linux } from '../linux.ts';
import type { Mount } from '../mount.ts';
import type { NamespaceType } from '../namespace.ts';
import type { Process } from '../process.ts';
import type { Resources } from '../resources/resources.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import {
  examineRuntimeSpec,
  parseProcess,
  parseResources,
  parseRuntimeSpec,
  parseRuntimeSpecText,
} from './parse-runtime-spec.ts';

/** The complete specification with some of it replaced. */
function spec(changes: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return { ...completeSpec(), ...changes };
}

function process(changes: Partial<Process>): RuntimeSpec {
  return spec({ process: { cwd: '/', args: ['sh'], ...changes } });
}

function linux(changes: Partial<Linux>): RuntimeSpec {
  return spec({ linux: { ...completeSpec().linux, ...changes } });
}

function resources(changes: Resources): RuntimeSpec {
  return linux({ resources: changes });
}

function mount(changes: Partial<Mount>): RuntimeSpec {
  return spec({ mounts: [{ destination: '/x', type: 'tmpfs', source: 'tmpfs', ...changes }] });
}

function without(...types: NamespaceType[]): Pick<Linux, 'namespaces'> {
  return { namespaces: completeSpec().linux?.namespaces?.filter(({ type }) => !types.includes(type)) };
}

const paths = (value: unknown) => examineRuntimeSpec(value).problems.map(({ path }) => path);
const warned = (value: unknown) => {
  const { problems, warnings } = examineRuntimeSpec(value);
  assert.deepEqual(problems, []);
  return warnings.map(({ path }) => path);
};

const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });

/** A wrong document, what is wrong with it, and where that must be reported. */
type Case = [what: string, value: unknown, ...paths: string[]];

const REFUSED: Readonly<Record<string, Case[]>> = {
  document: [
    ['no version', { ...spec(), ociVersion: undefined }, 'ociVersion'],
    ['a version that is none', spec({ ociVersion: '1.0' }), 'ociVersion'],
    ['a version before 1.0', spec({ ociVersion: '0.5.0-dev' }), 'ociVersion'],
    ['a version after 1.x', spec({ ociVersion: '2.0.0' }), 'ociVersion'],
    ['no root', spec({ root: undefined }), 'root'],
    ['an empty root', spec({ root: { path: '' } }), 'root.path'],
    ['no process', spec({ process: undefined }), 'process'],
    ['an annotation without a name', spec({ annotations: { '': 'x' } }), 'annotations[""]'],
    ['a hostname of 65 bytes', spec({ hostname: 'x'.repeat(65) }), 'hostname'],
    ['a hostname of 33 two-byte characters', spec({ hostname: 'ä'.repeat(33) }), 'hostname'],
    ['a domain name of 65 bytes', spec({ domainname: 'x'.repeat(65) }), 'domainname'],
  ],
  process: [
    ['no arguments', process({ args: [] }), 'process.args'],
    ['an empty program', process({ args: [''] }), 'process.args[0]'],
    ['an empty cwd', process({ cwd: '' }), 'process.cwd'],
    ['a relative cwd', process({ cwd: 'tmp' }), 'process.cwd'],
    ['a variable without =', process({ env: ['A=b', 'PATH'] }), 'process.env[1]'],
    ['a variable without a name', process({ env: ['=x'] }), 'process.env[0]'],
    ['an empty variable', process({ env: [''] }), 'process.env[0]'],
    ['the uid that means "leave it"', process({ user: { uid: 2 ** 32 - 1 } }), 'process.user.uid'],
    ['a uid that wraps round to root', process({ user: { uid: 2 ** 32 } }), 'process.user.uid'],
    ['a negative uid', process({ user: { uid: -1 } }), 'process.user.uid'],
    ['the gid that means "leave it"', process({ user: { gid: 2 ** 32 - 1 } }), 'process.user.gid'],
    ['a group past the last', process({ user: { additionalGids: [0, 2 ** 32] } }), 'process.user.additionalGids[1]'],
    ['a umask of more than nine bits', process({ user: { umask: 0o1000 } }), 'process.user.umask'],
    [
      'a limit that is there twice',
      process({
        rlimits: [
          { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
          { type: 'RLIMIT_CORE', soft: 1, hard: 1 },
        ],
      }),
      'process.rlimits[1].type',
    ],
    [
      'a soft limit above the hard',
      process({ rlimits: [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }] }),
      'process.rlimits[0].soft',
    ],
    [
      'a terminal wider than the kernel knows',
      process({ terminal: true, consoleSize: { height: 1, width: 65_536 } }),
      'process.consoleSize.width',
    ],
    ['an OOM score above 1000', process({ oomScoreAdj: 1001 }), 'process.oomScoreAdj'],
    [
      'an I/O priority of 8',
      process({ ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 8 } }),
      'process.ioPriority.priority',
    ],
    ['a nice value of 20', process({ scheduler: { policy: 'SCHED_OTHER', nice: 20 } }), 'process.scheduler.nice'],
    [
      'a priority for SCHED_OTHER',
      process({ scheduler: { policy: 'SCHED_OTHER', priority: 1 } }),
      'process.scheduler.priority',
    ],
    ['no priority for SCHED_FIFO', process({ scheduler: { policy: 'SCHED_FIFO' } }), 'process.scheduler.priority'],
    ['a priority of 100', process({ scheduler: { policy: 'SCHED_RR', priority: 100 } }), 'process.scheduler.priority'],
    [
      'a deadline for SCHED_IDLE',
      process({ scheduler: { policy: 'SCHED_IDLE', deadline: 5 } }),
      'process.scheduler.deadline',
    ],
    [
      'SCHED_DEADLINE without a runtime',
      process({ scheduler: { policy: 'SCHED_DEADLINE', deadline: 5 } }),
      'process.scheduler.runtime',
    ],
    [
      'a runtime past its deadline',
      process({ scheduler: { policy: 'SCHED_DEADLINE', runtime: 6, deadline: 5 } }),
      'process.scheduler.runtime',
    ],
    [
      'a deadline past its period',
      process({ scheduler: { policy: 'SCHED_DEADLINE', runtime: 1, deadline: 5, period: 4 } }),
      'process.scheduler.deadline',
    ],
    ['SCHED_ISO', process({ scheduler: { policy: 'SCHED_ISO' } }), 'process.scheduler.policy'],
    ['a CPU list that is none', process({ execCPUAffinity: { initial: '3-1' } }), 'process.execCPUAffinity.initial'],
  ],
  namespaces: [
    ['an unknown kind', linux({ namespaces: JSON.parse('[{"type": "mnt"}]') }), 'linux.namespaces[0].type'],
    [
      'a kind that is there twice',
      linux({ namespaces: [...(linux({}).linux?.namespaces ?? []), { type: 'pid' }] }),
      'linux.namespaces[8].type',
    ],
    [
      'a relative path',
      linux({
        namespaces: [
          { type: 'mount' },
          { type: 'uts' },
          { type: 'network', path: 'x' },
          { type: 'ipc' },
          { type: 'user' },
          { type: 'time' },
        ],
      }),
      'linux.namespaces[2].path',
    ],
    ['none at all', { ...spec(), linux: undefined }, 'root', 'hostname', 'domainname'],
    ['no mount namespace', linux(without('mount')), 'root'],
    ['a hostname without a uts namespace', linux(without('uts')), 'hostname', 'domainname'],
    ['network devices without a network namespace', linux({ ...without('network'), sysctl: {} }), 'linux.netDevices'],
    ['offsets without a time namespace', linux(without('time')), 'linux.timeOffsets'],
    ['mappings without a user namespace', linux(without('user')), 'linux.uidMappings', 'linux.gidMappings'],
    [
      'a user namespace without mappings',
      linux({ uidMappings: [], gidMappings: undefined }),
      'linux.uidMappings',
      'linux.gidMappings',
    ],
    ['an empty mapping', linux({ uidMappings: [map(0, 0, 0)] }), 'linux.uidMappings[0].size'],
    ['a mapping past the last id', linux({ gidMappings: [map(0, 2 ** 32 - 2, 2)] }), 'linux.gidMappings[0].hostID'],
    [
      'mappings that overlap inside',
      linux({ uidMappings: [map(0, 0, 10), map(9, 100, 1)] }),
      'linux.uidMappings[1].containerID',
    ],
    [
      'mappings that overlap outside',
      linux({ uidMappings: [map(0, 0, 10), map(10, 5, 1)] }),
      'linux.uidMappings[1].hostID',
    ],
    [
      'more mappings than the kernel takes',
      linux({ uidMappings: Array.from({ length: 341 }, (_, i) => map(i, i, 1)) }),
      'linux.uidMappings',
    ],
    ['a clock that cannot be shifted', linux({ timeOffsets: { realtime: { secs: 1 } } }), 'linux.timeOffsets.realtime'],
    [
      'a second and more of nanoseconds',
      linux({ timeOffsets: { monotonic: { nanosecs: 1e9 } } }),
      'linux.timeOffsets.monotonic.nanosecs',
    ],
    [
      'offsets for a joined time namespace',
      linux({ namespaces: [...(without('time').namespaces ?? []), { type: 'time', path: '/x' }] }),
      'linux.timeOffsets',
    ],
    ['a device name with a slash', linux({ netDevices: { 'a/b': {} } }), 'linux.netDevices["a/b"]'],
    [
      'a device name of 16 characters',
      linux({ netDevices: { eth0: { name: 'x'.repeat(16) } } }),
      'linux.netDevices.eth0.name',
    ],
    ['a template in the middle', linux({ netDevices: { eth0: { name: 'a%db' } } }), 'linux.netDevices.eth0.name'],
    [
      'two devices of one name',
      linux({ netDevices: { eth0: { name: 'a' }, eth1: { name: 'a' } } }),
      'linux.netDevices.eth1.name',
    ],
    [
      'two devices of one name, one by default',
      linux({ netDevices: { a: {}, eth1: { name: 'a' } } }),
      'linux.netDevices.eth1.name',
    ],
  ],
  mounts: [
    ['no destination', mount({ destination: '' }), 'mounts[0].destination'],
    ['a bind mount of nothing', mount({ options: ['bind'], source: '' }), 'mounts[0].source'],
    ['no type', mount({ type: undefined }), 'mounts[0].type'],
    ['tmpcopyup on procfs', mount({ type: 'proc', options: ['tmpcopyup'] }), 'mounts[0].options'],
    ['id mapping of a tmpfs', mount({ uidMappings: [map(0, 1, 1)], gidMappings: [map(0, 1, 1)] }), 'mounts[0]'],
    [
      'a uid mapping alone',
      mount({ options: ['bind', 'idmap'], uidMappings: [map(0, 1, 1)] }),
      'mounts[0].gidMappings',
    ],
    [
      'a gid mapping alone',
      mount({ options: ['bind', 'idmap'], gidMappings: [map(0, 1, 1)] }),
      'mounts[0].uidMappings',
    ],
    [
      'an empty mapping',
      mount({ options: ['bind', 'idmap'], uidMappings: [map(0, 1, 0)], gidMappings: [map(0, 1, 1)] }),
      'mounts[0].uidMappings[0].size',
    ],
    [
      'idmap without any mapping',
      {
        ...mount({ options: ['rbind', 'ridmap'] }),
        linux: { ...linux({ ...without('user'), uidMappings: [], gidMappings: [] }).linux },
      },
      'mounts[0].options',
    ],
    ['a relative masked path', linux({ maskedPaths: ['/a', 'proc/kcore'] }), 'linux.maskedPaths[1]'],
    ['an empty read-only path', linux({ readonlyPaths: [''] }), 'linux.readonlyPaths[0]'],
    ['an unknown propagation', linux({ rootfsPropagation: JSON.parse('"public"') }), 'linux.rootfsPropagation'],
  ],
  devices: [
    ['a relative path', linux({ devices: [{ path: 'dev/x', type: 'p' }] }), 'linux.devices[0].path'],
    ['an unknown type', linux({ devices: JSON.parse('[{"path": "/x", "type": "s"}]') }), 'linux.devices[0].type'],
    ['no numbers', linux({ devices: [{ path: '/x', type: 'c' }] }), 'linux.devices[0].major', 'linux.devices[0].minor'],
    [
      'a number past the last',
      linux({ devices: [{ path: '/x', type: 'b', major: 4096, minor: 2 ** 20 }] }),
      'linux.devices[0].major',
      'linux.devices[0].minor',
    ],
    [
      'a mode that is none',
      linux({ devices: [{ path: '/x', type: 'p', fileMode: 666_666 }] }),
      'linux.devices[0].fileMode',
    ],
    ['a rule about nothing', resources({ devices: [{ allow: true }] }), 'linux.resources.devices[0].access'],
    [
      'a rule about an unknown access',
      resources({ devices: [{ allow: true, access: 'rx' }] }),
      'linux.resources.devices[0].access',
    ],
    [
      'a rule about device -2',
      resources({ devices: [{ allow: true, access: 'r', major: -2, minor: -2 }] }),
      'linux.resources.devices[0].major',
      'linux.resources.devices[0].minor',
    ],
  ],
  sysctls: [
    ['one of the host', linux({ sysctl: { 'kernel.core_pattern': '|x' } }), 'linux.sysctl["kernel.core_pattern"]'],
    [
      'one of the host behind a namespaced one',
      linux({ sysctl: { 'net/../kernel/core_pattern': '|x' } }),
      'linux.sysctl["net/../kernel/core_pattern"]',
    ],
    ['one that is none', linux({ sysctl: { kernel: 'x' } }), 'linux.sysctl.kernel'],
    ['the hostname', linux({ sysctl: { 'kernel.hostname': 'x' } }), 'linux.sysctl["kernel.hostname"]'],
    [
      'net without a network namespace',
      linux({ ...without('network'), netDevices: {}, sysctl: { 'net.core.somaxconn': '1' } }),
      'linux.sysctl["net.core.somaxconn"]',
    ],
    [
      'shm without an ipc namespace',
      linux({ ...without('ipc'), sysctl: { 'kernel/shmmax': '1' } }),
      'linux.sysctl["kernel/shmmax"]',
    ],
    [
      'mqueue without an ipc namespace',
      linux({ ...without('ipc'), sysctl: { 'fs.mqueue.msg_max': '1' } }),
      'linux.sysctl["fs.mqueue.msg_max"]',
    ],
  ],
  resources: [
    ['memory below nothing', resources({ memory: { limit: -2 } }), 'linux.resources.memory.limit'],
    ['memory that is no number', resources({ memory: JSON.parse('{"limit": "64m"}') }), 'linux.resources.memory.limit'],
    ['memory that is not whole', resources({ memory: { limit: 0.5 } }), 'linux.resources.memory.limit'],
    ['swap below memory', resources({ memory: { limit: 2000, swap: 1000 } }), 'linux.resources.memory.swap'],
    ['swap without memory', resources({ memory: { swap: 1000 } }), 'linux.resources.memory.swap'],
    ['swap with endless memory', resources({ memory: { limit: -1, swap: 1000 } }), 'linux.resources.memory.swap'],
    ['swappiness above 100', resources({ memory: { swappiness: 101 } }), 'linux.resources.memory.swappiness'],
    ['a quota below the least', resources({ cpu: { quota: 999 } }), 'linux.resources.cpu.quota'],
    ['a period above the most', resources({ cpu: { period: 1_000_001 } }), 'linux.resources.cpu.period'],
    ['a burst above the quota', resources({ cpu: { quota: 1000, burst: 1001 } }), 'linux.resources.cpu.burst'],
    ['half idle', resources({ cpu: { idle: 2 } }), 'linux.resources.cpu.idle'],
    ['CPUs in a wrong list', resources({ cpu: { cpus: 'some' } }), 'linux.resources.cpu.cpus'],
    ['nodes in a wrong list', resources({ cpu: { mems: '1-0' } }), 'linux.resources.cpu.mems'],
    ['fewer than no tasks', resources({ pids: { limit: -2 } }), 'linux.resources.pids.limit'],
    ['a weight of 9', resources({ blockIO: { weight: 9 } }), 'linux.resources.blockIO.weight'],
    ['a weight of 1001', resources({ blockIO: { leafWeight: 1001 } }), 'linux.resources.blockIO.leafWeight'],
    [
      'a weight of nothing',
      resources({ blockIO: { weightDevice: [{ major: 8, minor: 0 }] } }),
      'linux.resources.blockIO.weightDevice[0]',
    ],
    [
      'a page size that is a path',
      resources({ hugepageLimits: [{ pageSize: '../2MB', limit: 1 }] }),
      'linux.resources.hugepageLimits[0].pageSize',
    ],
    [
      'a page size twice',
      resources({
        hugepageLimits: [
          { pageSize: '2MB', limit: 1 },
          { pageSize: '2MB', limit: 2 },
        ],
      }),
      'linux.resources.hugepageLimits[1].pageSize',
    ],
    ['an empty rdma limit', resources({ rdma: { mlx5_1: {} } }), 'linux.resources.rdma.mlx5_1'],
    [
      'a file of another cgroup',
      resources({ unified: { '../memory.max': '1' } }),
      'linux.resources.unified["../memory.max"]',
    ],
    ['a cgroup path that climbs', linux({ cgroupsPath: '/a/../../b' }), 'linux.cgroupsPath'],
  ],
  others: [
    ['a class that is a path', linux({ intelRdt: { closID: '../x' } }), 'linux.intelRdt.closID'],
    ['a bandwidth line of another kind', linux({ intelRdt: { memBwSchema: 'L3:0=1' } }), 'linux.intelRdt.memBwSchema'],
    [
      'two lines in one',
      linux({ intelRdt: { l3CacheSchema: 'L3:0=1\nMB:0=1', schemata: ['a\nb'] } }),
      'linux.intelRdt.l3CacheSchema',
      'linux.intelRdt.schemata[0]',
    ],
    ['a memory policy without its nodes', linux({ memoryPolicy: { mode: 'MPOL_BIND' } }), 'linux.memoryPolicy.nodes'],
    [
      'a memory policy with nodes that it has not',
      linux({ memoryPolicy: { mode: 'MPOL_LOCAL', nodes: '0' } }),
      'linux.memoryPolicy.nodes',
    ],
    [
      'memory policy flags that exclude each other',
      linux({
        memoryPolicy: { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES', 'MPOL_F_RELATIVE_NODES'] },
      }),
      'linux.memoryPolicy.flags',
    ],
    [
      'balancing without bind',
      linux({ memoryPolicy: { mode: 'MPOL_INTERLEAVE', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] } }),
      'linux.memoryPolicy.flags',
    ],
    [
      'flags for no policy',
      linux({ memoryPolicy: { mode: 'MPOL_DEFAULT', flags: ['MPOL_F_STATIC_NODES'] } }),
      'linux.memoryPolicy.flags',
    ],
    ['an unknown personality', linux({ personality: JSON.parse('{"domain": "BSD"}') }), 'linux.personality.domain'],
    [
      'a seccomp rule for no call',
      linux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [], action: 'SCMP_ACT_ALLOW' }] } }),
      'linux.seccomp.syscalls[0].names',
    ],
    [
      'a notification to nobody',
      linux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a'], action: 'SCMP_ACT_NOTIFY' }] } }),
      'linux.seccomp.listenerPath',
    ],
    [
      'notification of everything',
      linux({ seccomp: { defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/x' } }),
      'linux.seccomp.defaultAction',
    ],
    [
      'metadata for nobody',
      linux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', listenerMetadata: 'x' } }),
      'linux.seccomp.listenerMetadata',
    ],
    [
      'a seventh argument',
      linux({
        seccomp: {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['a'], action: 'SCMP_ACT_KILL', args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] }],
        },
      }),
      'linux.seccomp.syscalls[0].args[0].index',
    ],
    ['a relative hook', spec({ hooks: { poststop: [{ path: 'hook' }] } }), 'hooks.poststop[0].path'],
    [
      'a hook without time',
      spec({ hooks: { prestart: [{ path: '/hook', timeout: 0 }] } }),
      'hooks.prestart[0].timeout',
    ],
  ],
};

for (const [group, cases] of Object.entries(REFUSED)) {
  describe(`${group}: refused`, () => {
    for (const [what, value, ...expected] of cases) test(what, () => assert.deepEqual(paths(value), expected));
  });
}

const ALLOWED: [string, RuntimeSpec][] = [
  ['the uid before the last', process({ user: { uid: 2 ** 32 - 2, umask: 0o777 } })],
  ['a console without a terminal, of any size', process({ consoleSize: { height: 1e6, width: 1e6 } })],
  ['a variable with an empty value, or with = in it', process({ env: ['A=', 'B=c=d', 'C D=e'] })],
  [
    'empty texts for fields that are not set',
    spec({ hostname: '', domainname: '', linux: { ...linux({}).linux, rootfsPropagation: '', cgroupsPath: '' } }),
  ],
  ['a hostname of 64 bytes', spec({ hostname: 'x'.repeat(64) })],
  ['all mapped ids', linux({ uidMappings: [map(0, 0, 2 ** 32 - 1)] })],
  [
    'a joined user namespace without mappings',
    linux({
      namespaces: [...(without('user').namespaces ?? []), { type: 'user', path: '/x' }],
      uidMappings: [],
      gidMappings: [],
    }),
  ],
  ['idmap with the mapping of the user namespace', mount({ options: ['bind', 'idmap'], source: '/x' })],
  ['a remount without a type', mount({ type: undefined, options: ['remount', 'ro'] })],
  [
    'a device rule about everything',
    resources({ devices: [{ allow: false, type: 'a', access: 'rwm', major: -1, minor: -1 }] }),
  ],
  ['a FIFO without numbers', linux({ devices: [{ path: '/x', type: 'p' }] })],
  [
    'no limits by -1',
    resources({ memory: { limit: -1, swap: -1, reservation: -1 }, cpu: { quota: -1 }, pids: { limit: -1 } }),
  ],
  [
    'no limits by 0',
    resources({
      memory: { limit: 0, swap: 0 },
      cpu: { quota: 0, period: 0 },
      pids: { limit: 0 },
      blockIO: { weight: 0 },
    }),
  ],
  ['pids without a limit, as since 1.3', resources({ pids: {} })],
  ['endless swap', resources({ memory: { limit: 1000, swap: -1 } })],
  ['the domain name as a sysctl', linux({ sysctl: { 'kernel.domainname': 'x' } })],
  ['the default class of resctrl', linux({ intelRdt: { closID: '/' } })],
  ['MPOL_PREFERRED without nodes', linux({ memoryPolicy: { mode: 'MPOL_PREFERRED' } })],
  ['runc’s recursive propagation of the root', linux({ rootfsPropagation: 'rslave' })],
];

describe('allowed without a warning', () => {
  for (const [what, value] of ALLOWED) {
    test(what, () => {
      const quiet = { ...value, hooks: {}, linux: { ...value.linux, resources: { ...value.linux?.resources } } };
      if (value.linux?.resources?.memory?.kernel !== undefined) delete quiet.linux.resources.memory;
      assert.deepEqual(warned(quiet), []);
    });
  }
});

const WARNED: Case[] = [
  [
    'what is deprecated or ignored',
    spec(),
    'linux.resources.memory.kernel',
    'linux.resources.memory.kernelTCP',
    'hooks.prestart',
  ],
  [
    'a capability of the future',
    quiet(process({ capabilities: { bounding: ['CAP_FUTURE', 'CAP_FUTURE'] } })),
    'process.capabilities.bounding',
  ],
  [
    'an effective capability that is not permitted',
    quiet(process({ capabilities: { effective: ['CAP_KILL'] } })),
    'process.capabilities.effective',
  ],
  [
    'an ambient capability that is not inheritable',
    quiet(process({ capabilities: { permitted: ['CAP_KILL'], ambient: ['CAP_KILL'] } })),
    'process.capabilities.ambient',
  ],
  ['a relative destination', quiet(mount({ destination: 'tmp' })), 'mounts[0].destination'],
  ['options that contradict each other', quiet(mount({ options: ['ro', 'rw'] })), 'mounts[0].options'],
  ['options of a file system on a bind mount', quiet(mount({ options: ['bind', 'size=1m'] })), 'mounts[0].options'],
  [
    'mappings without idmap',
    quiet(mount({ options: ['bind'], uidMappings: [map(0, 1, 1)], gidMappings: [map(0, 1, 1)] })),
    'mounts[0].options',
  ],
  [
    'flags of a personality',
    quiet(linux({ personality: { domain: 'LINUX', flags: ['X'] }, resources: {} })),
    'linux.personality.flags',
  ],
  [
    'the same device twice',
    quiet(
      linux({ resources: {}, devices: ['/a', '/b'].map((path) => ({ path, type: 'c' as const, major: 1, minor: 3 })) }),
    ),
    'linux.devices[1]',
  ],
];

function quiet(value: RuntimeSpec): RuntimeSpec {
  return { ...value, hooks: {}, linux: { ...value.linux, resources: {} } };
}

describe('allowed with a warning', () => {
  for (const [what, value, ...expected] of WARNED) test(what, () => assert.deepEqual(warned(value), expected));
});

describe('parse', () => {
  test('the error names the file, the path and the number of the other problems', () => {
    const wrong = spec({ ociVersion: 'x', root: undefined, hostname: 'x'.repeat(100) });
    assert.throws(
      () => parseRuntimeSpec(wrong),
      (error) =>
        isKeelsonError(error, 'invalid') &&
        error.code === 'SPEC_INVALID' &&
        error.message === 'config.json: ociVersion "x" is not a version (and 2 more problems)' &&
        error.hint === "write one such as '1.3.0'",
    );
  });

  test('from text, with seccomp values exact', () => {
    const text = JSON.stringify({
      ...quiet(spec()),
      linux: { ...linux(without()).linux, resources: {}, seccomp: { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] } },
    }).replace(
      '"syscalls":[]',
      '"syscalls":[{"names":["x"],"action":"SCMP_ACT_KILL","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]',
    );
    const { spec: read } = parseRuntimeSpecText(text);
    assert.equal(read.linux?.seccomp?.syscalls?.[0]?.args?.[0]?.value, 2n ** 64n - 1n);
    assert.throws(
      () => parseRuntimeSpecText('{'),
      (error) => isKeelsonError(error, 'invalid') && error.code === 'SPEC_INVALID',
    );
  });

  test('a process alone is read by the same rules, with paths from its own root', () => {
    assert.deepEqual(parseProcess({ cwd: '/', args: ['a'], user: { uid: 1 } }).process, {
      cwd: '/',
      args: ['a'],
      user: { uid: 1 },
    });
    assert.deepEqual(parseProcess(completeSpec().process).process, completeSpec().process);
    assert.throws(
      () => parseProcess({ cwd: 'x', args: ['a'] }),
      (error) =>
        isKeelsonError(error, 'invalid') &&
        error.code === 'PROCESS_INVALID' &&
        /process\.json: cwd must be/.test(error.message),
    );
  });

  test('resources alone, where an update may leave out what stays', () => {
    assert.deepEqual(parseResources({ memory: { swap: 1000 } }), { memory: { swap: 1000 } });
    assert.throws(
      () => parseResources({ memory: { limit: 2, swap: 1 } }),
      (error) => isKeelsonError(error, 'invalid') && error.code === 'RESOURCES_INVALID',
    );
  });
});
