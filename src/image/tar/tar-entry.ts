/**
 * Names in archives are bytes, not text. They are kept as strings of one character a byte (latin1), so that they can be
 * split and compared like text and lose nothing.
 */
export type ByteString = string;

export type TarEntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'folder' | 'fifo';

/** One member of an archive, before its content. */
export interface TarEntry {
  type: TarEntryType;
  /** As recorded, also when it is absolute or leads upwards. */
  name: ByteString;
  /** Target of a symbolic or hard link. */
  link: ByteString;
  /** Permission bits with setuid, setgid and sticky; no type bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of content that follow; 0 for everything but a file. */
  size: number;
  /** Nanoseconds since 1970; may be negative. */
  mtime: bigint;
  deviceMajor: number;
  deviceMinor: number;
  /** Extended attributes by name (PAX records `SCHILY.xattr.NAME`). */
  xattrs: ReadonlyMap<ByteString, Buffer>;
}

/** The parts of an archive in order: an entry, its content in pieces, and `end` after the content of a file. */
export type TarPart = { kind: 'entry'; entry: TarEntry } | { kind: 'content'; bytes: Buffer } | { kind: 'end' };
