import type { NewTarEntry } from '../tar/tar-writer.ts';

/** Folders with their modes and owners where those are not 0755 and root. Docker's busybox has the same. */
const FOLDERS: readonly (readonly [string, { mode?: number; uid?: number; gid?: number }?])[] = [
  ['.'],
  ['bin'],
  ['dev'],
  ['etc'],
  ['home', { uid: 65534, gid: 65534 }],
  ['lib'],
  ['mnt'],
  ['proc', { mode: 0o555 }],
  ['root', { mode: 0o700 }],
  ['run'],
  ['sbin'],
  ['sys', { mode: 0o555 }],
  ['tmp', { mode: 0o1777 }],
  ['usr'],
  ['usr/bin'],
  ['usr/lib'],
  ['usr/sbin'],
  ['var'],
  ['var/log'],
  ['var/spool'],
  ['var/spool/mail', { uid: 8, gid: 8 }],
  ['var/tmp', { mode: 0o1777 }],
  ['var/www', { uid: 33, gid: 33 }],
];

/** name, uid, gid, home, shell */
const USERS: readonly (readonly [string, number, number, string, string])[] = [
  ['root', 0, 0, '/root', '/bin/sh'],
  ['daemon', 1, 1, '/usr/sbin', '/bin/false'],
  ['bin', 2, 2, '/bin', '/bin/false'],
  ['sys', 3, 3, '/dev', '/bin/false'],
  ['sync', 4, 100, '/bin', '/bin/sync'],
  ['mail', 8, 8, '/var/spool/mail', '/bin/false'],
  ['www-data', 33, 33, '/var/www', '/bin/false'],
  ['operator', 37, 37, '/var', '/bin/false'],
  ['nobody', 65534, 65534, '/home', '/bin/false'],
];

const GROUPS: Readonly<Record<string, number>> = {
  root: 0,
  daemon: 1,
  bin: 2,
  sys: 3,
  adm: 4,
  tty: 5,
  disk: 6,
  lp: 7,
  mail: 8,
  kmem: 9,
  wheel: 10,
  cdrom: 11,
  dialout: 18,
  floppy: 19,
  video: 28,
  audio: 29,
  tape: 32,
  'www-data': 33,
  operator: 37,
  utmp: 43,
  plugdev: 46,
  staff: 50,
  lock: 54,
  netdev: 82,
  users: 100,
  nobody: 65534,
};

/**
 * The files of the image: BusyBox, one hard link a command, accounts, and the usual folders. Sorted, and all of 1970, so
 * that the same BusyBox gives the same bytes.
 */
export function busyboxTree(program: Buffer, applets: readonly string[]): NewTarEntry[] {
  const passwd = USERS.map(([name, uid, gid, home, shell]) => `${name}:x:${uid}:${gid}:${name}:${home}:${shell}\n`);
  const group = Object.entries(GROUPS).map(([name, gid]) => `${name}:x:${gid}:${name === 'wheel' ? 'root' : ''}\n`);
  const file = (name: string, text: string): NewTarEntry => ({ type: 'file', name, content: Buffer.from(text) });
  return [
    ...FOLDERS.map(([name, attributes]): NewTarEntry => ({ type: 'folder', name: `${name}/`, ...attributes })),
    // Empty, so that binding the container's own over them need not make them first.
    ...['etc/hostname', 'etc/hosts', 'etc/resolv.conf'].map((name) => file(name, '')),
    file('etc/group', group.join('')),
    file('etc/passwd', passwd.join('')),
    { type: 'file', name: 'bin/busybox', mode: 0o755, content: program },
    ...applets.map((name): NewTarEntry => ({ type: 'hardlink', name, link: 'bin/busybox', mode: 0o755 })),
  ];
}
