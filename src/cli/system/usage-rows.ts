import { formatSize } from '../../base/index.ts';
import type { EngineUsage } from '../../spec/index.ts';
import { IMAGE_HEADINGS, imageRow } from '../images/image-row.ts';
import { HEADINGS as CONTAINER_HEADINGS, containerRow } from '../ps/container-row.ts';
import type { GoStruct } from '../template/go-value.ts';

/** The rows of `docker system df`. */
export function summaryRows(usage: EngineUsage): GoStruct[] {
  const { images, containers, volumes } = usage;
  const running = containers.filter(({ state }) => isActive(state.status));
  const linked = volumes.filter(({ links }) => links > 0);
  const written = { total: sum(containers), active: sum(running) };
  const kept = { total: sum(volumes), active: sum(linked) };
  return [
    row('Images', {
      count: images.length,
      active: images.filter((image) => image.containers > 0).length,
      bytes: usage.imageBytes,
      free: usage.unusedImageBytes,
    }),
    row('Containers', {
      count: containers.length,
      active: running.length,
      bytes: written.total,
      free: written.total - written.active,
    }),
    row('Local Volumes', {
      count: volumes.length,
      active: linked.length,
      bytes: kept.total,
      free: kept.total - kept.active,
    }),
    row('Build Cache', { count: 0, active: 0, bytes: 0, free: 0 }),
  ];
}

function row(
  type: string,
  { count, active, bytes, free }: { count: number; active: number; bytes: number; free: number },
): GoStruct {
  const share = bytes > 0 ? ` (${Math.floor((free * 100) / bytes)}%)` : '';
  return {
    Active: String(active),
    Reclaimable: `${formatSize(free)}${share}`,
    Size: formatSize(bytes),
    TotalCount: String(count),
    Type: type,
  };
}

function isActive(status: string): boolean {
  return status === 'running' || status === 'paused';
}

function sum(parts: readonly { bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}

interface UsageTable {
  /** Its name in JSON. */
  key: string;
  title: string;
  rows: readonly GoStruct[];
  headings: GoStruct;
  columns: readonly string[];
}

/** The tables of `docker system df -v`. */
export function verboseTables({ images, containers, volumes }: EngineUsage, now: number): UsageTable[] {
  return [
    {
      key: 'Images',
      title: 'Images space usage:',
      rows: images.map((usage) => ({
        ...imageRow(usage.image, { now, noTrunc: false }),
        Size: formatSize(usage.sharedBytes + usage.uniqueBytes),
        SharedSize: formatSize(usage.sharedBytes),
        UniqueSize: formatSize(usage.uniqueBytes),
        Containers: String(usage.containers),
      })),
      headings: { ...IMAGE_HEADINGS, SharedSize: 'SHARED SIZE', UniqueSize: 'UNIQUE SIZE', Containers: 'CONTAINERS' },
      columns: ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size', 'SharedSize', 'UniqueSize', 'Containers'],
    },
    {
      key: 'Containers',
      title: 'Containers space usage:',
      rows: containers.map(({ state, bytes }) => ({
        ...containerRow(state, { now, noTrunc: false }),
        Size: formatSize(bytes),
      })),
      headings: { ...CONTAINER_HEADINGS, Size: 'SIZE' },
      columns: ['ID', 'Image', 'Command', 'LocalVolumes', 'Size', 'RunningFor', 'Status', 'Names'],
    },
    {
      key: 'Volumes',
      title: 'Local Volumes space usage:',
      rows: volumes.map(({ volume, links, bytes }) => ({
        Name: volume.name,
        Links: String(links),
        Size: formatSize(bytes),
      })),
      headings: { Name: 'VOLUME NAME', Links: 'LINKS', Size: 'SIZE' },
      columns: ['Name', 'Links', 'Size'],
    },
  ];
}
