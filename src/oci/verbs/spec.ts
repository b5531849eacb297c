import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { OCI_VERSION, type RuntimeSpec } from '../../spec/index.ts';
import type { Command } from '../command.ts';
import { errorCode } from '../error-code.ts';

/** Writes a config.json to begin with: runc's, which tutorials and scripts start from. */
export const spec: Command = {
  flags: { bundle: { letter: 'b', value: true }, rootless: {} },
  args: { least: 0, most: 0 },
  usage: 'spec [command options]',
  purpose: 'create a new specification file',
  async run({ context, flags }) {
    const path = resolve(context.folder, flags.value('bundle') ?? '.', 'config.json');
    const ids = flags.on('rootless') ? { uid: context.uid, gid: context.gid } : undefined;
    try {
      writeFileSync(path, JSON.stringify(exampleSpec(ids), null, '\t'), { flag: 'wx', mode: 0o666 });
    } catch (cause) {
      if (errorCode(cause) !== 'EEXIST') throw cause;
      throw new KeelsonError('conflict', 'File config.json exists. Remove it first', { code: 'SPEC_EXISTS', cause });
    }
    return 0;
  },
};

const capabilities = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];

/** `ids`: of the ordinary user who becomes root of the container. */
export function exampleSpec(ids?: { uid: number; gid: number }): RuntimeSpec {
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
        ambient: capabilities,
      },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'keelson',
    mounts: mounts(ids !== undefined),
    linux: {
      ...(ids ? idMaps(ids) : { resources: { devices: [{ allow: false, access: 'rwm' }] } }),
      namespaces: [
        { type: 'pid' },
        ...(ids ? [] : [{ type: 'network' as const }]),
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        ...(ids ? [{ type: 'user' as const }] : []),
      ],
      maskedPaths: [
        '/proc/acpi',
        '/proc/asound',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/timer_list',
        '/proc/timer_stats',
        '/proc/sched_debug',
        '/sys/firmware',
        '/proc/scsi',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

function idMaps({ uid, gid }: { uid: number; gid: number }) {
  return {
    uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
  };
}

function mounts(rootless: boolean): RuntimeSpec['mounts'] {
  const pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  const safe = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc' },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    // Group 5 has no id in a map of one.
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: rootless ? pts : [...pts, 'gid=5'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...safe, 'mode=1777', 'size=65536k'] },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: safe },
    // sysfs belongs to the network namespace, which is the host's here.
    rootless
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...safe, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...safe, 'ro'] },
    ...(rootless
      ? []
      : [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...safe, 'relatime', 'ro'] }]),
  ];
}
