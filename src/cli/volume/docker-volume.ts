import type { Volume } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';

/** Docker's shape of a volume, as `volume inspect` prints it. */
export function dockerVolume({ name, mountpoint, created, labels }: Volume): GoStruct {
  const entries = Object.entries(labels);
  return {
    CreatedAt: new Date(created).toISOString().replace(/\.\d+Z$/, 'Z'),
    Driver: 'local',
    Labels: entries.length > 0 ? new Map(entries) : null,
    Mountpoint: mountpoint,
    Name: name,
    Options: null,
    Scope: 'local',
  };
}

/** A row of `volume ls`, with the fields that its templates may name. */
export function volumeRow({ name, mountpoint, labels }: Volume): GoStruct {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return {
    Availability: 'N/A',
    Driver: 'local',
    Group: 'N/A',
    Labels: pairs.sort().join(','),
    Links: 'N/A',
    Mountpoint: mountpoint,
    Name: name,
    Scope: 'local',
    Size: 'N/A',
    Status: 'N/A',
  };
}
