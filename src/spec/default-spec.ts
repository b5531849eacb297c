import type { Device } from './runtime/device.ts';
import type { Mount } from './runtime/mount.ts';

/** Pieces of a container that runc and Docker both make when nobody says otherwise, as data. */

/** PATH of a program whose image sets none (Docker). */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Docker's /dev/shm without --shm-size. */
export const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;

/**
 * The mounts of Docker's default container, in the order in which they must be made.
 * @param shmSize bytes of /dev/shm
 */
export function defaultMounts(shmSize: number = DEFAULT_SHM_SIZE): Mount[] {
  return [
    // Of the new PID namespace, so that ps and kill see the container alone. Nothing on procfs is a program or a device.
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    // Hides the image's /dev. It must allow devices, since the default ones are made here. 64 MiB (65536k) bound what a
    // program can write into it; strictatime because tmpfs pays nothing for exact access times.
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    // An instance of its own, else the container could open the host's terminals. Its ptmx is made usable (0666) because
    // /dev/ptmx links to it; gid 5 is `tty` in every distribution, mode 0620 lets write(1) work and nobody else read.
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    // Read-only: sysfs knows namespaces for network devices alone, the rest is the host's.
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    // Read-only: whoever could write here could raise their own limits. relatime as systemd mounts it on the host.
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
    },
    // POSIX message queues of the new IPC namespace.
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    // shm_open(3) needs it, for everybody (1777). Bounded, since a tmpfs is memory.
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${shmSize}`],
    },
  ];
}

/** The device nodes that the specification demands of every container (config-linux.md#default-devices). */
export const DEFAULT_DEVICES: readonly Required<Device>[] = [
  device('/dev/null', 1, 3),
  device('/dev/zero', 1, 5),
  device('/dev/full', 1, 7),
  device('/dev/random', 1, 8),
  device('/dev/urandom', 1, 9),
  // Stands for the controlling terminal of whoever opens it, so it gives access to none but one's own.
  device('/dev/tty', 5, 0),
];

function device(path: string, major: number, minor: number): Required<Device> {
  return { path, type: 'c', major, minor, fileMode: 0o666, uid: 0, gid: 0 };
}

/** A symbolic link that the runtime makes in a new /dev. */
export interface DeviceLink {
  path: string;
  target: string;
}

/** The links of runtime-linux.md#dev-symbolic-links, each made if its target exists, and two more that runc makes. */
export const DEFAULT_DEVICE_LINKS: readonly DeviceLink[] = [
  { path: '/dev/fd', target: '/proc/self/fd' }, // bash's <(…) opens /dev/fd/63
  { path: '/dev/stdin', target: '/proc/self/fd/0' },
  { path: '/dev/stdout', target: '/proc/self/fd/1' },
  { path: '/dev/stderr', target: '/proc/self/fd/2' },
  { path: '/dev/core', target: '/proc/kcore' }, // masked below; a link because runc makes one
  { path: '/dev/ptmx', target: 'pts/ptmx' }, // relative: the master of the container's own devpts, wherever it is mounted
];

/** What Docker hides by default (Docker 28: `/proc/interrupts` and powercap included). A missing path is left out. */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  '/proc/acpi', // host hardware; writing to it could switch Bluetooth or the display off (CVE-2018-10892)
  '/proc/asound', // whether and when the host plays sound
  '/proc/interrupts', // timing of the host's keystrokes and network
  '/proc/kcore', // all physical memory
  '/proc/keys', // keyrings know only user namespaces, so it lists the host's keys
  '/proc/latency_stats', // kernel stacks of the host's processes
  '/proc/timer_list', // names of the host's processes and addresses of its kernel
  '/proc/timer_stats', // the same on kernels before 4.11
  '/proc/sched_debug', // every process of the host, up to Linux 5.12
  '/proc/scsi', // `echo scsi remove-single-device` into it detaches disks of the host (CVE-2017-16539)
  '/sys/firmware', // ACPI tables and EFI variables of the host
  '/sys/devices/virtual/powercap', // power use, precise enough to recover keys (PLATYPUS, CVE-2020-8694)
];

/**
 * What Docker hides besides, one folder a CPU: counters that tell one container how busy and hot its neighbours run.
 * @param cpus numbers of the CPUs that the host has
 */
export function thermalThrottlePaths(cpus: readonly number[]): string[] {
  return cpus.map((cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`);
}

/** What Docker makes read-only by default: procfs outside the process folders is the host's, and root may write it. */
export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus', // PCI configuration space
  '/proc/fs', // knobs of the host's file systems
  '/proc/irq', // which CPU serves which interrupt
  '/proc/sys', // sysctls, most of which know no namespace; core_pattern alone would be a way out
  '/proc/sysrq-trigger', // reboots the host
];
