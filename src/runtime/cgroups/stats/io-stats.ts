import type { IoStats } from './cgroup-stats.ts';
import type { FileReader } from './file-reader.ts';

type Device = IoStats['devices'][number];

/** The first pair that is there counts: BFQ's see only disks under BFQ, those of throttling see every request. */
const FILES_V1 = [
  ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
  ['blkio.throttle.io_service_bytes', 'blkio.throttle.io_serviced'],
] as const;

/** Lines such as `8:0 Read 4096`, and a total. */
export function ioStatsV1(files: FileReader): IoStats | undefined {
  for (const [bytesFile, operationsFile] of FILES_V1) {
    const bytes = files.text(bytesFile);
    if (bytes === '') continue;
    const devices = new Map<string, Device>();
    addLines(devices, bytes, { Read: 'readBytes', Write: 'writtenBytes' });
    addLines(devices, files.text(operationsFile), { Read: 'reads', Write: 'writes' });
    return { devices: [...devices.values()] };
  }
  return undefined;
}

type Amount = 'readBytes' | 'writtenBytes' | 'reads' | 'writes';

function addLines(devices: Map<string, Device>, text: string, meanings: { Read: Amount; Write: Amount }): void {
  for (const line of text.split('\n')) {
    const [, number, operation, amount] = /^(\d+:\d+) (Read|Write) (\d+)$/.exec(line) ?? [];
    if (number === undefined || (operation !== 'Read' && operation !== 'Write')) continue;
    devices.set(number, { ...(devices.get(number) ?? noIo(number)), [meanings[operation]]: Number(amount) });
  }
}

export function ioStatsV2(files: FileReader): IoStats | undefined {
  const lines = files.nested('io.stat');
  if (lines.length === 0) return undefined;
  const devices = lines
    .filter(([number]) => /^\d+:\d+$/.test(number))
    .map(([number, { rbytes = 0, wbytes = 0, rios = 0, wios = 0 }]) => ({
      ...noIo(number),
      readBytes: rbytes,
      writtenBytes: wbytes,
      reads: rios,
      writes: wios,
    }));
  return { devices };
}

function noIo(number: string): Device {
  const [major = 0, minor = 0] = number.split(':').map(Number);
  return { major, minor, readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 };
}
