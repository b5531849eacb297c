/** sizeof(struct statx). */
export const STATX_SIZE = 256;

/** What statx(2) tells of a file; the part we use. */
export interface FileStatus {
  /** Type and permission bits, as st_mode. */
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  ino: bigint;
  /** Bytes. */
  size: number;
  rdevMajor: number;
  rdevMinor: number;
  devMajor: number;
  devMinor: number;
  /** Time of modification, in nanoseconds since 1970. */
  mtime: bigint;
}

/** Reads struct statx of linux/stat.h. */
export function decodeStatx(bytes: Buffer): FileStatus {
  if (bytes.length < STATX_SIZE) {
    return decodeStatx(Buffer.alloc(STATX_SIZE));
  }
  return {
    nlink: bytes.readUInt32LE(16),
    uid: bytes.readUInt32LE(20),
    gid: bytes.readUInt32LE(24),
    mode: bytes.readUInt16LE(28),
    ino: bytes.readBigUInt64LE(32),
    size: Number(bytes.readBigUInt64LE(40)),
    rdevMajor: bytes.readUInt32LE(128),
    rdevMinor: bytes.readUInt32LE(132),
    devMajor: bytes.readUInt32LE(136),
    devMinor: bytes.readUInt32LE(140),
    mtime: bytes.readBigInt64LE(112) * 1_000_000_000n + BigInt(bytes.readUInt32LE(120)),
  };
}
