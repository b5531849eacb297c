import type { ByteString, TarEntry, TarEntryType } from './tar-entry.ts';
import { tarError } from './tar-error.ts';
import { BLOCK } from './tar-header.ts';

const FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  folder: '5',
  fifo: '6',
};

/** What may be left out of an entry to write: mode 0755 for a folder and 0644 for the rest, root, 1970, nothing more. */
export type NewTarEntry = Pick<TarEntry, 'type' | 'name'> & Partial<Omit<TarEntry, 'size'>> & { content?: Buffer };

/** Writes a whole archive in PAX form; the same entries give the same bytes. */
export function writeTar(entries: Iterable<NewTarEntry>): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const size = entry.content?.length ?? 0;
    parts.push(tarHead(entry, size));
    if (entry.content) parts.push(entry.content, tarPadding(size));
  }
  parts.push(TAR_END);
  return Buffer.concat(parts);
}

/** What stands behind the last entry. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

/** What stands before the content of an entry, which has so many bytes. */
export function tarHead(entry: NewTarEntry, size: number): Buffer {
  const { header, records } = encodeEntry(entry, size);
  if (records.length === 0) return header;
  return Buffer.concat([recordsHeader(records.length), records, tarPadding(records.length), header]);
}

function encodeEntry(entry: NewTarEntry, size: number): { header: Buffer; records: Buffer } {
  const { name, link = '', mtime = 0n, uid = 0, gid = 0 } = entry;
  const seconds = mtime / 1_000_000_000n;
  const whole = mtime % 1_000_000_000n === 0n && mtime >= 0n && seconds <= 0o77777777777n;
  const records = Buffer.concat([
    ...(name.length > 100 ? [paxRecord('path', Buffer.from(name, 'latin1'))] : []),
    ...(link.length > 100 ? [paxRecord('linkpath', Buffer.from(link, 'latin1'))] : []),
    ...(size > 0o77777777777 ? [paxRecord('size', Buffer.from(String(size)))] : []),
    ...(uid > 0o7777777 ? [paxRecord('uid', Buffer.from(String(uid)))] : []),
    ...(gid > 0o7777777 ? [paxRecord('gid', Buffer.from(String(gid)))] : []),
    ...(whole ? [] : [paxRecord('mtime', Buffer.from(decimalTime(mtime)))]),
    ...[...(entry.xattrs ?? [])].map(([key, value]) => paxRecord(`SCHILY.xattr.${key}`, value)),
  ]);
  const header = encodeHeader({
    flag: FLAGS[entry.type],
    name,
    link,
    mode: entry.mode ?? (entry.type === 'folder' ? 0o755 : 0o644),
    numbers: [uid & 0o7777777, gid & 0o7777777, size % 0o100000000000, whole ? Number(seconds) : 0],
    devices: [entry.deviceMajor ?? 0, entry.deviceMinor ?? 0],
  });
  return { header, records };
}

interface HeaderFields {
  flag: string;
  name: ByteString;
  link: ByteString;
  mode: number;
  /** uid, gid, size, mtime */
  numbers: readonly [number, number, number, number];
  devices: readonly [number, number];
}

function encodeHeader({ flag, name, link, mode, numbers, devices }: HeaderFields): Buffer {
  if (name.includes('\0') || link.includes('\0')) throw tarError('a name cannot hold a NUL byte');
  const block = Buffer.alloc(BLOCK);
  const [uid, gid, size, mtime] = numbers;
  block.write(name.slice(0, 100), 0, 'latin1');
  block.write(octal(mode, 8), 100, 'latin1');
  block.write(octal(uid, 8), 108, 'latin1');
  block.write(octal(gid, 8), 116, 'latin1');
  block.write(octal(size, 12), 124, 'latin1');
  block.write(octal(mtime, 12), 136, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(flag, 156, 'latin1');
  block.write(link.slice(0, 100), 157, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.write(octal(devices[0], 8), 329, 'latin1');
  block.write(octal(devices[1], 8), 337, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)} `, 148, 'latin1');
  return block;
}

/** Digits and a NUL that fill a field of `size` bytes. */
function octal(value: number, size: number): string {
  return `${value.toString(8).padStart(size - 1, '0')}\0`;
}

function recordsHeader(size: number): Buffer {
  return encodeHeader({
    flag: 'x',
    name: 'PaxHeaders',
    link: '',
    mode: 0o644,
    numbers: [0, 0, size, 0],
    devices: [0, 0],
  });
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: ByteString, value: Buffer): Buffer {
  const rest = 1 + key.length + 1 + value.length + 1;
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`, 'latin1'), value, Buffer.from('\n')]);
}

function decimalTime(nanoseconds: bigint): string {
  const positive = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = String(positive % 1_000_000_000n).padStart(9, '0');
  return `${nanoseconds < 0n ? '-' : ''}${positive / 1_000_000_000n}.${fraction}`;
}

/** What stands behind the content of an entry. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
