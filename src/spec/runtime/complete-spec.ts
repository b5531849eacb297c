import type { RuntimeSpec } from './runtime-spec.ts';

/** For tests: a valid specification in which every field of every object is set, and so is every optional part. */
export function completeSpec(): RuntimeSpec {
  return {
    ociVersion: '1.3.0',
    process: completeProcess(),
    root: { path: 'rootfs', readonly: true },
    hostname: 'host',
    domainname: 'domain',
    mounts: completeMounts(),
    hooks: Object.fromEntries(
      ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'].map((kind) => [
        kind,
        [{ path: '/bin/hook', args: ['hook', kind], env: ['A=b'], timeout: 5 }],
      ]),
    ),
    annotations: { 'org.example.key': 'value' },
    linux: completeLinux(),
  };
}

function completeProcess(): NonNullable<RuntimeSpec['process']> {
  return {
    terminal: true,
    consoleSize: { height: 25, width: 80 },
    user: { uid: 1, gid: 2, umask: 0o022, additionalGids: [5, 6] },
    args: ['sh', ''],
    env: ['PATH=/bin', 'EMPTY='],
    cwd: '/',
    capabilities: {
      bounding: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_KILL'],
      inheritable: ['CAP_KILL'],
      permitted: ['CAP_KILL'],
      ambient: ['CAP_KILL'],
    },
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 1024, hard: 2 ** 20 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 },
    ],
    noNewPrivileges: true,
    apparmorProfile: 'profile',
    selinuxLabel: 'label',
    oomScoreAdj: 100,
    scheduler: {
      policy: 'SCHED_DEADLINE',
      nice: 0,
      priority: 0,
      flags: ['SCHED_FLAG_RESET_ON_FORK'],
      runtime: 1e6,
      deadline: 2e6,
      period: 3e6,
    },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 7 },
    execCPUAffinity: { initial: '0', final: '0-3,7' },
  };
}

function completeMounts(): NonNullable<RuntimeSpec['mounts']> {
  const map = () => [{ containerID: 0, hostID: 1000, size: 10 }]; // one each: tests change single values
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/data',
      type: 'none',
      source: '/srv/data',
      options: ['rbind', 'ro', 'ridmap'],
      uidMappings: map(),
      gidMappings: map(),
    },
  ];
}

function completeLinux(): NonNullable<RuntimeSpec['linux']> {
  return {
    namespaces: [
      { type: 'pid' },
      { type: 'network', path: '/proc/1/ns/net' },
      { type: 'mount' },
      { type: 'ipc' },
      { type: 'uts' },
      { type: 'user' },
      { type: 'cgroup' },
      { type: 'time' },
    ],
    uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
    timeOffsets: { monotonic: { secs: -1, nanosecs: 5 }, boottime: { secs: 86_400, nanosecs: 0 } },
    devices: [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o20_666, uid: 0, gid: 0 }],
    netDevices: { eth1: { name: 'eth0' }, eth2: { name: 'net%d' } },
    cgroupsPath: '/group/container',
    resources: completeResources(),
    intelRdt: {
      closID: 'group',
      schemata: ['L3:0=f'],
      l3CacheSchema: 'L3:0=f',
      memBwSchema: 'MB:0=20',
      enableMonitoring: true,
    },
    memoryPolicy: { mode: 'MPOL_INTERLEAVE', nodes: '0-1', flags: ['MPOL_F_STATIC_NODES'] },
    sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '65536', 'fs.mqueue.msg_max': '10' },
    seccomp: {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      architectures: ['SCMP_ARCH_X86_64'],
      flags: ['SECCOMP_FILTER_FLAG_LOG'],
      listenerPath: '/run/agent.sock',
      listenerMetadata: 'data',
      syscalls: [
        {
          names: ['clone'],
          action: 'SCMP_ACT_ERRNO',
          errnoRet: 1,
          args: [{ index: 0, value: 2n ** 64n - 1n, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
        },
      ],
    },
    rootfsPropagation: 'slave',
    maskedPaths: ['/proc/kcore'],
    readonlyPaths: ['/proc/sys'],
    mountLabel: 'label',
    personality: { domain: 'LINUX32', flags: [] },
  };
}

function completeResources(): NonNullable<NonNullable<RuntimeSpec['linux']>['resources']> {
  const throttle = () => [{ major: 8, minor: 0, rate: 600 }];
  return {
    devices: [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' },
    ],
    memory: {
      limit: 100_000,
      reservation: 200_000,
      swap: 100_000,
      kernel: -1,
      kernelTCP: -1,
      swappiness: 0,
      disableOOMKiller: false,
      useHierarchy: true,
      checkBeforeUpdate: true,
    },
    cpu: {
      shares: 1024,
      quota: 50_000,
      burst: 1000,
      period: 100_000,
      realtimeRuntime: 950_000,
      realtimePeriod: 1_000_000,
      cpus: '0-3',
      mems: '0',
      idle: 0,
    },
    pids: { limit: 100 },
    blockIO: {
      weight: 10,
      leafWeight: 10,
      weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }],
      throttleReadBpsDevice: throttle(),
      throttleWriteBpsDevice: throttle(),
      throttleReadIOPSDevice: throttle(),
      throttleWriteIOPSDevice: throttle(),
    },
    hugepageLimits: [{ pageSize: '2MB', limit: 209_715_200 }],
    network: { classID: 1_048_577, priorities: [{ name: 'eth0', priority: 500 }] },
    rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 } },
    unified: { 'memory.high': '1G', 'io.max': '8:0 rbps=1' },
  };
}
