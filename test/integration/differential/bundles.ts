import type { Process, RuntimeSpec } from '../../../src/spec/index.ts';
import { defaultMounts } from '../../../src/spec/index.ts';

/** A configuration, and the program that tells what came of it. */
export interface Bundle {
  name: string;
  script: string;
  /** The start itself fails. */
  refused?: boolean;
  /** Why ours differs from runc's on purpose. */
  differs?: string;
  differsFromCrun?: string;
  process?: Partial<Process>;
  change?: (spec: RuntimeSpec) => RuntimeSpec;
}

/** The configuration of a bundle whose root file system is `root`, with busybox in /bin. */
export function specOf({ script, process, change = (s) => s }: Bundle, root: string): RuntimeSpec {
  return change({
    ociVersion: '1.0.2',
    process: {
      cwd: '/',
      args: ['/bin/busybox', 'sh', '-c', script],
      env: ['PATH=/bin'],
      user: { uid: 0, gid: 0 },
      ...process,
    },
    root: { path: root },
    mounts: defaultMounts(1 << 20),
    linux: { namespaces: (['mount', 'pid', 'network', 'ipc', 'uts'] as const).map((type) => ({ type })) },
  });
}

const CAPABILITIES = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_ADMIN'] as const;
const all = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };

const withLinux = (linux: Partial<NonNullable<RuntimeSpec['linux']>>) => (spec: RuntimeSpec) => ({
  ...spec,
  linux: { ...spec.linux, ...linux },
});
const withMount = (mount: NonNullable<RuntimeSpec['mounts']>[number]) => (spec: RuntimeSpec) => ({
  ...spec,
  mounts: [...(spec.mounts ?? []), mount],
});
const STATUS = "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:|Umask)' /proc/self/status";
/** Without ids, device numbers and peer groups, which differ from start to start. */
const mountOf = (place: string) => `awk '$5 == "${place}" { print $5, $6, $(NF-2), $NF }' /proc/self/mountinfo`;
/** Without what the shell sets itself. */
const ENVIRONMENT = "tr '\\0' '\\n' </proc/self/environ | grep -vE '^(PWD|SHLVL|OLDPWD|_)='";
const withApplets = (script: string) => `busybox --install -s /tmp; PATH=/tmp:/bin; ${script}`;
const tmpfs = (...options: string[]) => withMount({ destination: '/data', type: 'tmpfs', source: 'tmpfs', options });

const OWN_MODE = 'crun 1.8 gives a tmpfs 1777, whatever it hides; here it is as with runc and Docker';

const TABLE: readonly Bundle[] = [
  { name: 'exit code', script: 'exit 7' },
  { name: 'killed by a signal', script: 'kill -9 $$' },
  { name: 'both streams', script: 'echo out; echo err >&2' },
  { name: 'no capabilities', script: STATUS },
  { name: 'some capabilities', script: STATUS, process: { capabilities: all } },
  { name: 'some capabilities, no root', script: STATUS, process: { capabilities: all, user: { uid: 7, gid: 8 } } },
  {
    name: 'ambient capabilities, no root',
    script: STATUS,
    process: { capabilities: { ...all, inheritable: CAPABILITIES, ambient: ['CAP_KILL'] }, user: { uid: 7, gid: 8 } },
  },
  {
    name: 'groups and umask',
    script: STATUS,
    process: { user: { uid: 1, gid: 2, additionalGids: [5, 9], umask: 0o27 } },
  },
  { name: 'no new privileges', script: STATUS, process: { noNewPrivileges: true } },
  {
    name: 'limits',
    script: 'cat /proc/self/limits',
    process: {
      rlimits: [
        { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
      ],
    },
  },
  {
    name: 'environment',
    script: ENVIRONMENT,
    process: { env: ['PATH=/bin', 'A=b c', 'E=', 'A=d', 'HOME=/given'] },
  },
  { name: 'home of an account', script: ENVIRONMENT, process: { user: { uid: 7, gid: 0 } } },
  { name: 'home of a user without an account', script: ENVIRONMENT, process: { user: { uid: 9, gid: 1 } } },
  { name: 'home that is empty', script: ENVIRONMENT, process: { env: ['HOME=', 'PATH=/bin'] } },
  { name: 'working directory that is missing', script: 'pwd; stat -c %a:%u .', process: { cwd: '/made/deep' } },
  { name: 'out-of-memory score', script: 'cat /proc/self/oom_score_adj', process: { oomScoreAdj: 321 } },
  {
    name: 'devices',
    script:
      'cd /dev; stat -c "%n %F %a %u:%g %t:%T" null zero full random urandom tty; readlink fd stdin stdout stderr ptmx',
  },
  {
    name: 'more devices',
    script: 'stat -c "%n %F %a %u:%g %t:%T" /dev/char /dev/deep/block /dev/fifo',
    change: withLinux({
      devices: [
        { path: '/dev/char', type: 'c', major: 1, minor: 5, fileMode: 0o640, uid: 3, gid: 4 },
        { path: '/dev/deep/block', type: 'b', major: 7, minor: 200, fileMode: 0o600 },
        { path: '/dev/fifo', type: 'p', fileMode: 0o622, uid: 1 },
      ],
    }),
  },
  { name: 'host name', script: 'hostname', change: (spec) => ({ ...spec, hostname: 'other' }) },
  {
    name: 'sysctl',
    script: 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax',
    change: withLinux({ sysctl: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '9000' } }),
  },
  {
    name: 'root read-only',
    script: 'touch /x; echo $?; mkdir /dev/x; echo $?',
    change: (spec) => ({ ...spec, root: { path: spec.root?.path ?? '', readonly: true } }),
  },
  {
    name: 'default mounts',
    differs: 'read-only is a property of the mount alone; mount(2) as runc calls it also marks the sysfs',
    script: ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys'].map(mountOf).join('; '),
  },
  {
    name: 'tmpfs with mode and size',
    differs: 'the mode that was asked for counts; runc 1.1 gives the mode of the folder below',
    script: `${mountOf('/data')}; stat -c %a /data`,
    change: tmpfs('nosuid', 'nodev', 'noexec', 'mode=1750', 'size=64k'),
  },
  {
    name: 'read-only tmpfs',
    script: `${mountOf('/data')} | sed s/,mode=755//; touch /data/x; echo $?`,
    change: tmpfs('ro', 'noatime'),
  },
  {
    name: 'tmpcopyup',
    differsFromCrun: OWN_MODE,
    script: 'ls -A /bin; stat -c %a /bin; grep -c " /bin " /proc/self/mounts',
    change: withMount({ destination: '/bin', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
  },
  {
    name: 'the mode of a tmpfs without one: that of the folder it hides, or everybody may write',
    differsFromCrun: OWN_MODE,
    script: 'stat -c %a /data /made /copied; touch /copied/x; echo $?',
    change: (spec) => ({
      ...spec,
      mounts: [
        ...(spec.mounts ?? []),
        { destination: '/data', type: 'tmpfs', source: 'tmpfs', options: ['nosuid'] },
        { destination: '/made', type: 'tmpfs', source: 'tmpfs', options: ['nosuid'] },
        { destination: '/copied', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] },
      ],
    }),
  },
  ...['shared', 'slave', 'private', 'unbindable', 'rshared', 'rslave', 'rprivate', 'runbindable'].map((word) => ({
    name: `propagation ${word}`,
    ...(/shared|unbindable/.test(word) ? { differsFromCrun: 'crun 1.8 leaves the mount private' } : {}),
    script: `awk '$5 == "/data" { print $7 ~ /shared/, $7 ~ /master/, $7 ~ /unbindable/ }' /proc/self/mountinfo`,
    change: tmpfs('rw', word),
  })),
  ...(['', 'private', 'slave', 'shared'] as const).map((rootfsPropagation) => ({
    name: `propagation of the root: ${rootfsPropagation || 'none given'}`,
    ...(rootfsPropagation === 'shared' ? { differs: 'runc 1.1 leaves the root private' } : {}),
    script: `awk '$5 == "/" || $5 == "/proc" { print $5, $7 ~ /shared/, $7 ~ /master/, $7 ~ /unbindable/ }' /proc/self/mountinfo`,
    change: withLinux({ rootfsPropagation }),
  })),
  {
    name: 'masked and read-only paths, also missing ones',
    script:
      'cat /proc/kcore | wc -c; ls /proc/acpi 2>/dev/null | wc -l; echo 1 2>/dev/null > /proc/sys/kernel/msgmax; echo $?',
    change: withLinux({
      maskedPaths: ['/proc/kcore', '/proc/acpi', '/missing'],
      readonlyPaths: ['/proc/sys', '/absent/too'],
    }),
  },
  { name: 'program that is missing', script: '', refused: true, process: { args: ['/missing'] } },
];

export const BUNDLES: readonly Bundle[] = TABLE.map((bundle) => ({ ...bundle, script: withApplets(bundle.script) }));
