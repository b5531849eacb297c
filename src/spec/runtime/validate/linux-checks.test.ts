import { describe, test } from 'node:test';
import { assertRefused, type Case, linux, map, mount, resources, spec, without } from './spec-cases.ts';

const REFUSED: Readonly<Record<string, readonly Case[]>> = {
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
    for (const one of cases) test(one[0], () => assertRefused(one));
  });
}
