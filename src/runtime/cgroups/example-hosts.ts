import type { CgroupSources } from './parse-cgroup-layout.ts';

/** /proc/self/mountinfo and /proc/self/cgroup of hosts as they are met, shortened to what is about cgroups and a bit more. */
export interface ExampleHost extends Omit<CgroupSources, 'controllersAt'> {
  /** cgroup.controllers of the v2 mount point. */
  controllers: string;
}

/** A distribution of about 2017 with systemd: v1 alone, some controllers mounted together. */
export const V1: ExampleHost = {
  mountinfo: `
17 39 0:16 / /sys rw,nosuid,nodev,noexec,relatime shared:6 - sysfs sysfs rw
23 17 0:21 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755
24 23 0:22 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:9 - cgroup cgroup rw,xattr,release_agent=/usr/lib/systemd/systemd-cgroups-agent,name=systemd
26 23 0:24 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:10 - cgroup cgroup rw,memory
27 23 0:25 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,cpuset
28 23 0:26 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:12 - cgroup cgroup rw,freezer
29 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:13 - cgroup cgroup rw,cpuacct,cpu
30 23 0:28 / /sys/fs/cgroup/blkio rw,nosuid,nodev,noexec,relatime shared:14 - cgroup cgroup rw,blkio
31 23 0:29 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,net_prio,net_cls
32 23 0:30 / /sys/fs/cgroup/hugetlb rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,hugetlb
33 23 0:31 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,pids
34 23 0:32 / /sys/fs/cgroup/perf_event rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,perf_event
35 23 0:33 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,devices
39 0 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/root rw,attr2,inode64,noquota
`,
  ownCgroups: `
11:devices:/system.slice/sshd.service
10:perf_event:/
9:pids:/system.slice/sshd.service
8:hugetlb:/
7:net_prio,net_cls:/
6:blkio:/system.slice/sshd.service
5:cpuacct,cpu:/system.slice/sshd.service
4:freezer:/
3:cpuset:/
2:memory:/system.slice/sshd.service
1:name=systemd:/system.slice/sshd.service
`,
  controllers: '',
};

/** A distribution of about 2020 with systemd: v1, and a v2 hierarchy without controllers that systemd follows processes by. */
export const HYBRID: ExampleHost = {
  mountinfo: `
25 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 23 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
32 31 0:27 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
33 31 0:28 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
37 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
38 31 0:33 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,devices
39 31 0:34 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,pids
40 31 0:35 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,cpuset
41 31 0:36 / /sys/fs/cgroup/blkio rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,blkio
42 31 0:37 / /sys/fs/cgroup/freezer rw,nosuid,nodev,noexec,relatime shared:20 - cgroup cgroup rw,freezer
43 31 0:38 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:21 - cgroup cgroup rw,memory
`,
  ownCgroups: `
9:memory:/user.slice/user-1000.slice/session-1.scope
8:freezer:/
7:blkio:/user.slice
6:cpuset:/
5:pids:/user.slice/user-1000.slice/session-1.scope
4:devices:/user.slice
3:cpu,cpuacct:/user.slice
1:name=systemd:/user.slice/user-1000.slice/session-1.scope
0::/user.slice/user-1000.slice/session-1.scope
`,
  controllers: '\n',
};

/** A distribution of today with systemd: v2 alone. */
export const V2: ExampleHost = {
  mountinfo: `
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard,errors=remount-ro
23 22 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
28 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`,
  ownCgroups: '0::/user.slice/user-1000.slice/session-3.scope\n',
  controllers: 'cpuset cpu io memory hugetlb pids rdma misc\n',
};

/** The same, with the lone net_cls that a VPN program mounts to know the packets of some programs. */
export const V2_WITH_NET_CLS: ExampleHost = {
  ...V2,
  mountinfo: `${V2.mountinfo}350 22 0:52 / /opt/split\\040tunnel/net_cls rw,relatime shared:200 - cgroup net_cls rw,net_cls\n`,
  ownCgroups: `1:net_cls:/\n${V2.ownCgroups}`,
};

/** Inside a container of a v1 host, without a cgroup namespace: the mounts show the container's part alone. */
export const INSIDE_A_CONTAINER: ExampleHost = {
  mountinfo: `
699 698 0:55 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
700 699 0:24 /docker/4ad9 /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:10 - cgroup cgroup rw,memory
701 699 0:27 /docker/4ad9 /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev,noexec,relatime master:13 - cgroup cgroup rw,cpuacct,cpu
`,
  ownCgroups: '5:cpuacct,cpu:/docker/4ad9\n2:memory:/docker/4ad9\n',
  controllers: '',
};

/** A v2 host on which containers with the host's mounts run: the same hierarchy shows in many places. */
export const V2_IN_MANY_PLACES: ExampleHost = {
  ...V2,
  mountinfo: `
90 22 0:26 / /var/lib/containers/storage/overlay/ab/merged/sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw
${V2.mountinfo}`,
};

export function sourcesOf({ mountinfo, ownCgroups, controllers }: ExampleHost): CgroupSources {
  return { mountinfo, ownCgroups, controllersAt: () => controllers };
}
