import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CgroupLayout } from '../../runtime/index.ts';
import type { HostCheck } from '../../spec/index.ts';
import { reportOf } from './examine-host.ts';
import type { HostFacts } from './host-facts.ts';

const V2_TREE = {
  version: 2 as const,
  controllers: ['cpu', 'cpuset', 'io', 'memory', 'pids'],
  mountPoint: '/sys/fs/cgroup',
  root: '/',
  own: '/a',
};
const V2: CgroupLayout = { mode: 'v2', hierarchies: [V2_TREE] };

const FILES: Readonly<Record<string, string>> = {
  '/proc/self/limits': 'Max cpu time    unlimited  unlimited  seconds\nMax open files  4096  8192  files\n',
  '/proc/sys/kernel/seccomp/actions_avail': 'kill_process errno allow\n',
  '/proc/sys/vm/memfd_noexec': '0\n',
  '/proc/sys/net/ipv4/ip_unprivileged_port_start': '80\n',
  '/proc/sys/net/ipv6/conf/all/disable_ipv6': '0\n',
  '/etc/subuid': 'me:100000:65536\n',
  '/etc/subgid': '1000:100000:65536\n',
  '/usr/bin/busybox': '\x7fELF',
};

const EVERYTHING = ['busybox', 'nft', 'newuidmap', 'newgidmap', 'pasta'];

type Changes = Partial<Omit<HostFacts, 'probe' | 'readText'>> & {
  probe?: Partial<HostFacts['probe']>;
  files?: Record<string, string | undefined>;
  programs?: string[];
};

/** A host where everything is as it should be, but for the changes; seen by an ordinary user. */
function host({ probe, files, programs = EVERYTHING, ...changes }: Changes = {}): HostFacts {
  const texts: Record<string, string | undefined> = { ...FILES, ...files };
  const namespaces = {
    user: 'yes',
    mount: 'yes',
    pid: 'yes',
    network: 'yes',
    ipc: 'yes',
    uts: 'yes',
    cgroup: 'yes',
    time: 'yes',
  };
  const works = { agent: 'yes', unprivilegedUserNamespace: 'yes', mountCalls: 'yes', overlay: 'yes' };
  return {
    user: 1000,
    userName: 'me',
    kernel: '6.1.0-18-amd64',
    architecture: 'x64',
    node: '24.1.0',
    probe: { ...works, namespaces, bridge: 'yes', veth: 'yes', nft: 'yes', ...probe },
    cgroups: V2,
    readText: (path) => texts[path],
    isThere: () => true,
    mayWrite: () => true,
    findProgram: (name) => (programs.includes(name) ? `/usr/bin/${name}` : undefined),
    ...changes,
  };
}

function check(id: string, changes: Changes): HostCheck {
  return reportOf(host(changes)).checks.find((one) => one.id === id) ?? assert.fail(`no check '${id}'`);
}

test('a host that has everything', () => {
  const { checks } = reportOf(host());
  assert.deepEqual(
    checks.filter(({ status }) => status !== 'ok'),
    [],
  );
  assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
});

describe('what is missing, how much it matters, and how to get it', () => {
  const all = {
    user: 'yes',
    mount: 'yes',
    pid: 'yes',
    network: 'yes',
    ipc: 'yes',
    uts: 'yes',
    cgroup: 'yes',
    time: 'yes',
  };
  const cases: [id: string, changes: Changes, status: string, found: RegExp, remedy: RegExp][] = [
    ['kernel-version', { kernel: '5.10.0-28-amd64' }, 'fail', /5\.10/, /newer kernel/],
    ['kernel-version', { kernel: '4.19.0' }, 'fail', /4\.19/, /newer kernel/],
    ['architecture', { architecture: 'riscv64' }, 'fail', /riscv64/, /x86-64 or arm64/],
    ['node-version', { node: '20.20.2' }, 'fail', /20/, /nodejs\.org/],
    ['agent', { probe: { agent: 'AGENT_MISSING' } }, 'fail', /AGENT_MISSING/, /scripts\/setup/],
    ['namespace-pid', { probe: { namespaces: { ...all, pid: 'AGENT_MISSING' } } }, 'warn', /not tried/, /agent/],
    [
      'namespace-pid',
      { probe: { namespaces: { ...all, pid: 'EINVAL' } } },
      'fail',
      /not in this kernel/,
      /kernel that has it/,
    ],
    ['namespace-time', { probe: { namespaces: { ...all, time: 'EINVAL' } } }, 'warn', /not in this kernel/, /kernel/],
    [
      'namespace-user',
      { probe: { namespaces: { ...all, user: 'ENOSPC' } } },
      'warn',
      /none left/,
      /max_user_namespaces/,
    ],
    [
      'namespace-network',
      { user: 0, probe: { namespaces: { ...all, network: 'EPERM' } } },
      'fail',
      /refused \(EPERM\)/,
      /CAP_SYS_ADMIN/,
    ],
    ['file-limit', { files: { '/proc/self/limits': 'Max open files 256 256 files' } }, 'warn', /256/, /ulimit -n/],
    ['file-limit', { files: { '/proc/self/limits': undefined } }, 'warn', /unknown/, /proc/],
    ['busybox-static', { programs: [] }, 'warn', /missing/, /busybox-static/],
    [
      'busybox-static',
      { files: { '/usr/bin/busybox': '\x7fELF/lib64/ld-linux-x86-64.so.2' } },
      'warn',
      /dynamically/,
      /busybox-static/,
    ],
    [
      'user-namespaces-unprivileged',
      { probe: { unprivilegedUserNamespace: 'EPERM' }, files: { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' } },
      'fail',
      /EPERM/,
      /unprivileged_userns_clone=1/,
    ],
    [
      'user-namespaces-unprivileged',
      {
        probe: { unprivilegedUserNamespace: 'EPERM' },
        files: { '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' },
      },
      'fail',
      /EPERM/,
      /apparmor_restrict/,
    ],
    [
      'user-namespaces-unprivileged',
      { user: 0, probe: { unprivilegedUserNamespace: 'ENOSPC' }, files: { '/proc/sys/user/max_user_namespaces': '0' } },
      'warn',
      /ENOSPC/,
      /max_user_namespaces=15000/,
    ],
    ['cgroups', { cgroups: { mode: 'none', hierarchies: [] } }, 'warn', /not mounted/, /mount -t cgroup2/],
    [
      'cgroup-controllers',
      { cgroups: { mode: 'v2', hierarchies: [{ ...V2_TREE, controllers: ['cpu', 'io', 'pids', 'cpuset'] }] } },
      'warn',
      /memory, for --memory/,
      /cgroup_disable/,
    ],
    ['cgroup-writable', { mayWrite: () => false }, 'warn', /cgroup of your own/, /Delegate=yes/],
    ['cgroup-writable', { user: 0, mayWrite: () => false }, 'warn', /read-only/, /remount/],
    ['mount-calls', { probe: { mountCalls: 'ENOSYS' } }, 'fail', /ENOSYS/, /5\.12/],
    ['overlay', { probe: { overlay: 'ENODEV' } }, 'fail', /ENODEV/, /modprobe overlay/],
    [
      'seccomp',
      { files: { '/proc/sys/kernel/seccomp/actions_avail': undefined } },
      'warn',
      /not in this kernel/,
      /seccomp=unconfined/,
    ],
    ['memfd-exec', { files: { '/proc/sys/vm/memfd_noexec': '2\n' } }, 'warn', /forbidden/, /memfd_noexec=1/],
    ['bridge', { probe: { bridge: 'EOPNOTSUPP' } }, 'warn', /EOPNOTSUPP/, /modprobe bridge/],
    ['veth', { probe: { veth: 'EOPNOTSUPP' } }, 'warn', /EOPNOTSUPP/, /modprobe veth/],
    ['nft', { programs: [] }, 'warn', /missing/, /nftables/],
    ['nft', { probe: { nft: 'NFT_FAILED' } }, 'warn', /NFT_FAILED/, /modprobe nf_tables/],
    ['ipv6', { isThere: () => false }, 'warn', /not in this kernel/, /IPv4 works/],
    ['ipv6', { files: { '/proc/sys/net/ipv6/conf/all/disable_ipv6': '1' } }, 'warn', /switched off/, /disable_ipv6=0/],
    ['newuidmap', { programs: ['newuidmap'] }, 'warn', /missing: newgidmap/, /uidmap/],
    ['subuid', { userName: 'other' }, 'warn', /none/, /usermod --add-subuids 100000-165535 other/],
    ['subgid', { files: { '/etc/subgid': 'me:1:10' } }, 'warn', /only 10/, /--add-subgids/],
    ['pasta', { programs: [] }, 'warn', /missing/, /passt/],
    ['pasta', { isThere: () => false }, 'warn', /net\/tun is missing/, /modprobe tun/],
    [
      'unprivileged-ports',
      { files: { '/proc/sys/net/ipv4/ip_unprivileged_port_start': '1024' } },
      'warn',
      /below 1024/,
      /port_start=80/,
    ],
  ];
  for (const [id, changes, status, found, remedy] of cases) {
    test(`${id}: ${found.source}`, () => {
      const finding = check(id, changes);
      assert.equal(finding.status, status);
      assert.match(finding.found, found);
      assert.match(finding.remedy ?? '', remedy);
    });
  }
});

test('cgroup v1 calls its block controller blkio', () => {
  const hierarchies = ['cpu', 'cpuset', 'memory', 'pids', 'blkio'].map((name) => ({
    version: 1 as const,
    controllers: [name],
    mountPoint: `/sys/fs/cgroup/${name}`,
    root: '/',
    own: '/',
  }));
  assert.equal(check('cgroup-controllers', { cgroups: { mode: 'v1', hierarchies } }).status, 'ok');
  assert.equal(
    check('cgroup-controllers', { cgroups: { mode: 'v1', hierarchies: hierarchies.slice(0, 4) } }).status,
    'warn',
  );
});

test('for root, ids of whichever user count', () => {
  assert.equal(check('subuid', { user: 0, userName: 'root' }).found, 'ranges of users: 1');
});
