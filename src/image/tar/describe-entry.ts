import { paxInteger, paxTime } from './pax-records.ts';
import type { ByteString, TarEntry, TarEntryType } from './tar-entry.ts';
import { tarError } from './tar-error.ts';
import type { TarHeader } from './tar-header.ts';

const NANOSECONDS = 1_000_000_000n;
const XATTR = 'SCHILY.xattr.';
const NOTHING: ReadonlyMap<ByteString, Buffer> = new Map();

const TYPES: Readonly<Record<string, TarEntryType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file', // "contiguous": a file everywhere
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'folder',
  '6': 'fifo',
};

/** What the records in front of a header say, which counts more than the header. */
export interface AnnouncedEntry {
  name?: ByteString;
  link?: ByteString;
  pax?: ReadonlyMap<ByteString, Buffer>;
}

/** Puts together what a header and the records in front of it say. */
export function describeEntry(header: TarHeader, { name, link, pax = NOTHING }: AnnouncedEntry): TarEntry {
  // An empty value takes a record back (pax(1p)); Go's archive/tar reads it so too.
  const value = (key: string) => (pax.get(key)?.length ? pax.get(key) : undefined);
  const text = (key: string) => value(key)?.toString('latin1');
  const integer = (key: string, fallback: number) => {
    const bytes = value(key);
    return bytes ? paxInteger(bytes, key) : fallback;
  };
  const mtime = value('mtime');
  const fullName = text('path') ?? name ?? header.name;
  const type = typeOf(header.flag, fullName, pax);
  const entry: TarEntry = {
    type,
    name: fullName,
    link: text('linkpath') ?? link ?? header.link,
    mode: header.mode,
    uid: integer('uid', header.uid),
    gid: integer('gid', header.gid),
    // Some writers give links and folders a size, but no content follows them (Go: isHeaderOnly).
    size: type === 'file' ? integer('size', header.size) : 0,
    mtime: mtime ? paxTime(mtime, 'mtime') : BigInt(header.mtime) * NANOSECONDS,
    deviceMajor: header.deviceMajor,
    deviceMinor: header.deviceMinor,
    xattrs: xattrsOf(pax),
  };
  if (entry.size < 0) throw tarError(`${JSON.stringify(fullName)} has a negative size`);
  if (entry.uid < 0 || entry.gid < 0 || entry.uid > 0xfffffffe || entry.gid > 0xfffffffe) {
    throw tarError(`${JSON.stringify(fullName)} has an owner that no file can have`);
  }
  return entry;
}

function typeOf(flag: string, name: ByteString, pax: ReadonlyMap<ByteString, Buffer>): TarEntryType {
  if (flag === 'S' || hasKey(pax, 'GNU.sparse.')) {
    throw tarError(`${JSON.stringify(name)} is a sparse file of GNU tar`, 'TAR_UNSUPPORTED');
  }
  const type = TYPES[flag];
  if (!type) throw tarError(`${JSON.stringify(name)} has the unknown type ${JSON.stringify(flag)}`, 'TAR_UNSUPPORTED');
  // Before POSIX a folder was told by the slash at its name's end.
  return flag === '\0' && name.endsWith('/') ? 'folder' : type;
}

function xattrsOf(pax: ReadonlyMap<ByteString, Buffer>): ReadonlyMap<ByteString, Buffer> {
  if (!hasKey(pax, XATTR)) return NOTHING;
  return new Map([...pax].filter(([key]) => key.startsWith(XATTR)).map(([key, v]) => [key.slice(XATTR.length), v]));
}

function hasKey(pax: ReadonlyMap<ByteString, Buffer>, prefix: string): boolean {
  for (const key of pax.keys()) if (key.startsWith(prefix)) return true;
  return false;
}
