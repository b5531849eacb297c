import { readlinkSync } from 'node:fs';
import type { Check, FlagCase } from './flag-case.ts';

/** A file of the container's cgroup as it sees it itself: cgroup v1, or v2. */
function cgroupFile(v1: string, v2: string): string {
  return `cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`;
}

/** The container is in the namespace that this process is in too. */
function sharesNamespace(kind: string): Check {
  return { shell: `readlink /proc/self/ns/${kind}`, expect: () => readlinkSync(`/proc/self/ns/${kind}`) };
}

const PRIVATE_NETWORK = ['--network', 'none'];

/** Flags of `keelson run`, joined into one container where none hides what another does. */
export const RUN_CASES: readonly FlagCase[] = [
  {
    flags: [
      ...['--network', 'none', '--name', '{name}', '-d', '-e', 'GIVEN=1', '--env-file', '{folder}/env'],
      ...['-w', '/tmp', '-u', '1000:1001', '--group-add', '29', '--entrypoint', 'sh', '--stop-signal', 'SIGUSR2'],
      ...['--stop-timeout', '7', '--no-healthcheck', '-l', 'tier=front', '--label-file', '{folder}/labels'],
      ...['--hostname', 'flags.host', '--domainname', 'flags.domain', '--read-only', '--cap-drop', 'ALL'],
    ],
    command: (script) => ['-c', script],
    checks: {
      network: { shell: 'ls /sys/class/net', expect: 'lo' },
      name: { inspect: '{{.Name}}', expect: ({ name }) => `/${name}` },
      detach: { inspect: '{{.Config.AttachStdout}}', expect: 'false' },
      env: { shell: 'echo $GIVEN', expect: '1' },
      'env-file': { shell: 'echo $FROM_FILE', expect: 'of the file' },
      workdir: { shell: 'pwd', expect: '/tmp' },
      user: { shell: 'id -u; id -g', expect: '1000\n1001' },
      'group-add': { shell: 'id -G', expect: /\b29\b/ },
      entrypoint: { inspect: '{{json .Config.Entrypoint}}', expect: '["sh"]' },
      'stop-signal': { inspect: '{{.Config.StopSignal}}', expect: 'SIGUSR2' },
      'stop-timeout': { inspect: '{{.Config.StopTimeout}}', expect: '7' },
      'no-healthcheck': { inspect: '{{json .Config.Healthcheck}}', expect: '{"Test":["NONE"]}' },
      label: { inspect: '{{index .Config.Labels "tier"}}', expect: 'front' },
      'label-file': { inspect: '{{index .Config.Labels "filed"}}', expect: 'yes' },
      hostname: { shell: 'hostname; cat /etc/hostname', expect: 'flags.host\nflags.host' },
      domainname: { shell: 'cat /proc/sys/kernel/domainname', expect: 'flags.domain' },
      'read-only': { shell: 'touch /tmp/new 2>&1', expect: /Read-only file system/ },
      'cap-drop': { shell: 'grep CapBnd /proc/self/status', expect: /\t0{16}$/ },
    },
  },
  {
    flags: [
      ...[...PRIVATE_NETWORK, '-v', '{folder}/data:/given:ro', '--mount', 'type=bind,src={folder}/data,dst=/long'],
      ...['--tmpfs', '/memory:size=3m,mode=1770', '--shm-size', '5m', '--device', '/dev/kmsg:/dev/mine:w'],
      ...['--cap-add', 'SYS_ADMIN', '--cap-drop', 'NET_RAW', '--init', '--sysctl', 'net.core.somaxconn=77'],
      ...['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined', '--oom-score-adj', '321'],
      ...['--ulimit', 'nofile=123:456', '--ulimit', 'core=0'],
    ],
    checks: {
      volume: { shell: 'cat /given/file; touch /given/new 2>&1', expect: /^of the host\n.*Read-only file system/ },
      mount: { shell: 'touch /long/made; cat /long/file', expect: 'of the host' },
      tmpfs: {
        shell: "df -k /memory | awk 'END { print $2 }'; stat -c %a /memory; grep ' /memory ' /proc/mounts",
        expect: /^3072\n1770\ntmpfs \/memory tmpfs rw,nosuid,nodev,noexec,relatime,size=3072k,mode=1770/,
      },
      'shm-size': { shell: "df -k /dev/shm | awk 'END { print $2 }'", expect: '5120' },
      device: {
        shell: 'ls -l /dev/mine | cut -c1; (: >/dev/mine) && echo opened; (: </dev/mine) 2>&1',
        expect: /^c\nopened\n.*Operation not permitted/,
      },
      'cap-add': { shell: 'grep CapEff /proc/self/status', expect: /\t00000000a82405fb$/ },
      init: { shell: 'test $$ = 1 || echo other', expect: 'other' },
      sysctl: { shell: 'cat /proc/sys/net/core/somaxconn', expect: '77' },
      'security-opt': {
        shell: "awk '/^(NoNewPrivs|Seccomp):/ { print $2 }' /proc/self/status",
        expect: '1\n0',
      },
      'oom-score-adj': { shell: 'cat /proc/self/oom_score_adj', expect: '321' },
      ulimit: { shell: 'ulimit -Sn; ulimit -Hn; ulimit -c', expect: '123\n456\n0' },
    },
  },
  {
    flags: [
      ...[...PRIVATE_NETWORK, '--memory', '64m', '--memory-swap', '96m', '--memory-reservation', '32m'],
      ...['--memory-swappiness', '13', '--cpu-shares', '333', '--cpu-period', '50000', '--cpu-quota', '20000'],
      ...['--cpuset-cpus', '0', '--cpuset-mems', '0', '--pids-limit', '55', '--device-cgroup-rule', 'c 1:11 w'],
      ...['--blkio-weight', '300'],
    ],
    checks: {
      memory: { shell: cgroupFile('memory/memory.limit_in_bytes', 'memory.max'), expect: '67108864' },
      'memory-swap': {
        shell: cgroupFile('memory/memory.memsw.limit_in_bytes', 'memory.swap.max'),
        expect: /^(100663296|33554432)$/,
      },
      'memory-reservation': {
        shell: cgroupFile('memory/memory.soft_limit_in_bytes', 'memory.low'),
        expect: '33554432',
      },
      'memory-swappiness': { inspect: '{{.HostConfig.MemorySwappiness}}', expect: '13' },
      'cpu-shares': { shell: cgroupFile('cpu/cpu.shares', 'cpu.weight'), expect: /^(333|13)$/ },
      'cpu-period': { shell: cgroupFile('cpu/cpu.cfs_period_us', 'cpu.max'), expect: /50000$/ },
      'cpu-quota': { shell: cgroupFile('cpu/cpu.cfs_quota_us', 'cpu.max'), expect: /^20000/ },
      'cpuset-cpus': { shell: 'grep Cpus_allowed_list /proc/self/status', expect: /\t0$/ },
      'cpuset-mems': { shell: 'grep Mems_allowed_list /proc/self/status', expect: /\t0$/ },
      'pids-limit': { shell: cgroupFile('pids/pids.max', 'pids.max'), expect: '55' },
      'device-cgroup-rule': {
        shell: 'mknod /made c 1 11; (: >/made) && echo opened; (: </made) 2>&1',
        expect: /^opened\n.*Operation not permitted/,
      },
      'blkio-weight': {
        shell: cgroupFile('blkio/blkio.bfq.weight', 'io.bfq.weight'),
        expect: /300$/,
        docker: { expect: /100$/, because: 'before version 22 it knows the file of the CFQ scheduler alone' },
      },
    },
  },
  {
    flags: [
      ...['--net', 'none', '--cpus', '0.25', '--cgroupns', 'host', '--cgroup-parent', '/{name}', '--uts', 'host'],
      ...['--ipc', 'host', '--userns', 'host', '--pid', 'host', '--oom-kill-disable', '--memory', '64m'],
    ],
    checks: {
      cpus: { shell: cgroupFile('cpu/cpu.cfs_quota_us', 'cpu.max'), expect: /^25000/ },
      cgroupns: sharesNamespace('cgroup'),
      'cgroup-parent': { shell: "grep -c '/{name}/' /proc/self/cgroup", expect: /^[1-9]/ },
      uts: sharesNamespace('uts'),
      ipc: sharesNamespace('ipc'),
      userns: sharesNamespace('user'),
      pid: sharesNamespace('pid'),
      'oom-kill-disable': { inspect: '{{.HostConfig.OomKillDisable}}', expect: 'true' },
    },
  },
  {
    flags: [
      ...[...PRIVATE_NETWORK, '--health-cmd', 'test -e /ok', '--health-interval', '1h30m', '--health-timeout', '2.5s'],
      ...['--health-retries', '4', '--health-start-period', '90s'],
    ],
    checks: {
      'health-cmd': {
        inspect: '{{json .Config.Healthcheck.Test}} {{.State.Health.Status}}',
        expect: '["CMD-SHELL","test -e /ok"] unhealthy',
      },
      'health-interval': { inspect: '{{.Config.Healthcheck.Interval}}', expect: '1h30m0s' },
      'health-timeout': { inspect: '{{.Config.Healthcheck.Timeout}}', expect: '2.5s' },
      'health-retries': { inspect: '{{.Config.Healthcheck.Retries}}', expect: '4' },
      'health-start-period': { inspect: '{{json .Config.Healthcheck.StartPeriod}}', expect: '90000000000' },
    },
  },
  {
    flags: [...PRIVATE_NETWORK, '--health-cmd', 'true', '--health-start-interval', '300ms'],
    notInDocker: 'it came with Docker 25',
    checks: {
      'health-start-interval': { inspect: '{{.Config.Healthcheck.StartInterval}}', expect: '300ms' },
    },
  },
  {
    flags: [...PRIVATE_NETWORK, '--privileged'],
    needsAllCapabilities: true,
    checks: {
      privileged: {
        shell: "awk '/^(CapEff|Seccomp):/ { print $2 }' /proc/self/status; ls -d /dev/kmsg",
        expect: /^0*[1f]ff[0-9a-f]{7,}\n0\n\/dev\/kmsg$/,
      },
    },
  },
  {
    flags: ['--network', 'host', '--cgroupns', 'private', '--ipc', 'private'],
    checks: {
      network: sharesNamespace('net'),
      cgroupns: { shell: 'cat /proc/self/cgroup | cut -d: -f3 | sort -u', expect: '/' },
      ipc: { shell: 'readlink /proc/self/ns/ipc', expect: /^ipc:/ },
    },
  },
  {
    flags: [
      ...['--mac-address', '02:42:00:11:22:33', '--dns', '10.9.8.7', '--dns-search', 'search.example'],
      ...[
        '--dns-option',
        'ndots:3',
        '--add-host',
        'there:10.1.2.3',
        '-p',
        '127.0.0.1:{port}:80',
        '--expose',
        '81/udp',
        '-P',
      ],
    ],
    command: (script) => ['sh', '-c', `${script}\nnc -l -p 80 -e echo answered`],
    checks: {
      'mac-address': { shell: 'cat /sys/class/net/eth0/address', expect: '02:42:00:11:22:33' },
      dns: { shell: 'grep nameserver /etc/resolv.conf', expect: 'nameserver 10.9.8.7' },
      'dns-search': { shell: 'grep search /etc/resolv.conf', expect: 'search search.example' },
      'dns-option': { shell: 'grep options /etc/resolv.conf', expect: 'options ndots:3' },
      'add-host': { shell: 'grep there /etc/hosts', expect: '10.1.2.3\tthere' },
      publish: { answers: true, expect: 'answered' },
      expose: { inspect: '{{json .Config.ExposedPorts}}', expect: /"81\/udp":\{\}/ },
      'publish-all': { inspect: '{{.HostConfig.PublishAllPorts}}', expect: 'true' },
    },
  },
  {
    flags: [...PRIVATE_NETWORK, '--rootfs', '{folder}/root', '--rootfs-writable', '--annotation', 'org.example.a=b'],
    noImage: true,
    notInDocker: "a folder as the root is Podman's; annotations came with Docker 24",
    checks: {
      rootfs: { shell: 'cat /marker', expect: 'of the root' },
      'rootfs-writable': { shell: 'echo written >/new; cat /new', expect: 'written' },
      annotation: { inspect: '{{index .HostConfig.Annotations "org.example.a"}}', expect: 'b' },
    },
  },
  {
    flags: [...PRIVATE_NETWORK, '--uidmap', '0:100000:1000', '--gidmap', '0:200000:1000'],
    notInDocker: "maps for one container are Podman's",
    checks: {
      uidmap: { shell: "awk '{ print $1, $2, $3 }' /proc/self/uid_map", expect: '0 100000 1000' },
      gidmap: { shell: "awk '{ print $1, $2, $3 }' /proc/self/gid_map", expect: '0 200000 1000' },
    },
  },
  {
    flags: ['--ip', '10.208.13.{octet}', '--ip6', 'fd6b:6565:6c73:6f00::d5:{octet}'],
    notInDocker: 'its default network gives no certain address, only networks that users made',
    checks: {
      ip: { shell: "ip -4 addr show eth0 | awk '/inet/ { print $2 }'", expect: '10.208.13.{octet}/20' },
      ip6: { shell: 'ip -6 addr show eth0', expect: /inet6 fd6b:6565:6c73:6f00::d5:\d+\/64 scope global/ },
    },
  },
];
