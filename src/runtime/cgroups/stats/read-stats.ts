// host-path: the kernel's own list of its huge pages, and control files of cgroups on the host
import { readdirSync } from 'node:fs';
import type { Cgroup } from '../cgroup.ts';
import { folderOf, unifiedFolder } from '../cgroup.ts';
import type { CgroupStats } from './cgroup-stats.ts';
import { cpuStatsV1, cpuStatsV2 } from './cpu-stats.ts';
import { FileReader } from './file-reader.ts';
import { hugepageStats } from './hugepage-stats.ts';
import { ioStatsV1, ioStatsV2 } from './io-stats.ts';
import { memoryStatsV1, memoryStatsV2 } from './memory-stats.ts';
import { readPressure } from './pressure.ts';

/** What the cgroup uses now. A cgroup that is not there (any more) uses nothing: all is missing. */
export function readCgroupStats(cgroup: Cgroup): CgroupStats {
  const stats: CgroupStats = {};
  const add = <Name extends keyof CgroupStats>(name: Name, value: CgroupStats[Name]) => {
    if (value !== undefined) stats[name] = value;
  };
  const v1 = (controller: string) => readerOf(cgroup, controller, 1);
  const v2 = (controller: string) => readerOf(cgroup, controller, 2);
  const [memory1, memory2, io1, io2] = [v1('memory'), v2('memory'), v1('blkio'), v2('io')];
  const unified = unifiedFolder(cgroup);
  const all = unified && new FileReader(unified.path);
  // v2 counts processor time in every folder, whether the controller is enabled or not.
  add('cpu', v1('cpuacct') ? cpuStatsV1(v1('cpuacct'), v1('cpu')) : all && cpuStatsV2(all));
  add('memory', memory1 ? memoryStatsV1(memory1) : memory2 && memoryStatsV2(memory2));
  add('pids', pidsStats(v1('pids') ?? v2('pids')));
  add('io', io1 ? ioStatsV1(io1) : io2 && ioStatsV2(io2));
  const hugetlb = folderOf(cgroup, 'hugetlb');
  if (hugetlb) add('hugepages', hugepageStats(new FileReader(hugetlb.path), hugetlb.version, hugepageSizes()));
  add('rdma', rdmaStats(v1('rdma') ?? v2('rdma')));
  if (all) add('pressure', readPressure(all));
  return stats;
}

function readerOf(cgroup: Cgroup, controller: string, version: 1 | 2): FileReader | undefined {
  const folder = folderOf(cgroup, controller);
  return folder?.version === version ? new FileReader(folder.path) : undefined;
}

/** The same files in both versions. */
function pidsStats(files: FileReader | undefined): CgroupStats['pids'] {
  const current = files?.amount('pids.current');
  if (files === undefined || current === undefined) return undefined;
  return { current, limit: files.amount('pids.max') ?? Number.POSITIVE_INFINITY };
}

function rdmaStats(files: FileReader | undefined): CgroupStats['rdma'] {
  const lines = files?.nested('rdma.current') ?? [];
  if (lines.length === 0) return undefined;
  return Object.fromEntries(
    lines.map(([device, { hca_handle = 0, hca_object = 0 }]) => [
      device,
      { hcaHandles: hca_handle, hcaObjects: hca_object },
    ]),
  );
}

/** `hugepages-2048kB` is called `2MB` in the names of control files (mm/hugetlb_cgroup.c, mem_fmt). */
function hugepageSizes(): string[] {
  try {
    return readdirSync('/sys/kernel/mm/hugepages').flatMap((name) => {
      const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]);
      return Number.isNaN(kilobytes) ? [] : [sizeName(kilobytes)];
    });
  } catch {
    return []; // a kernel without huge pages
  }
}

function sizeName(kilobytes: number): string {
  if (kilobytes >= 2 ** 20) return `${kilobytes / 2 ** 20}GB`;
  return kilobytes >= 2 ** 10 ? `${kilobytes / 2 ** 10}MB` : `${kilobytes}KB`;
}
