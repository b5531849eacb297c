import { statfsSync } from 'node:fs';

/** File systems that overlayfs cannot have its upper folder on (linux/magic.h), as Docker's and containerd's lists. */
const UNFIT = new Set([
  0x794c7630, // overlayfs
  0x6969, // NFS
  0xf15f, // eCryptfs
  0x61756673, // aufs
  0x4d44, // FAT
  0x2011bab0, // exFAT
  0x5346544e, // NTFS
  0x01021997, // 9P
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x65735546, // FUSE
]);

/** Can containers write through an overlay to a folder on this file system? `folder` exists. */
export function canHoldUpper(folder: string): boolean {
  return !UNFIT.has(statfsSync(folder).type);
}
