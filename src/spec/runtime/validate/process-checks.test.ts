import { describe, test } from 'node:test';
import { assertRefused, type Case, linux, map, process, spec, without } from './spec-cases.ts';

const REFUSED: Readonly<Record<string, readonly Case[]>> = {
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
};

for (const [group, cases] of Object.entries(REFUSED)) {
  describe(`${group}: refused`, () => {
    for (const one of cases) test(one[0], () => assertRefused(one));
  });
}
