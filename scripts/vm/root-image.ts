import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { GuestPackages } from './guest-packages.ts';

/** Files that a virtual machine starts from. */
export interface Guest {
  kernel: string;
  initramfs: string;
  /** The root file system; whoever uses it must write elsewhere. */
  root: string;
}

const here = new URL('.', import.meta.url).pathname;
/** In the order in which one needs the other. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
  'virtio_console',
];
/** Nothing here needs them, and in emulation each takes a good part of a second. */
const MASKED = [
  ...['udevd', 'udev-trigger', 'networkd', 'random-seed', 'journal-flush', 'update-utmp', 'modules-load'],
  ...['sysusers', 'tmpfiles-setup-dev', 'ask-password-console', 'pstore', 'remount-fs', 'tmpfiles-clean'],
].map((name) => `systemd-${name}.service`);
const MASKED_OTHERS = [
  'systemd-udevd-control.socket',
  'systemd-udevd-kernel.socket',
  'kmod-static-nodes.service',
  'systemd-ask-password-console.path',
];

/** The guest in `folder`, made anew when Debian's packages or the files of this folder are not those of the last time. */
export function makeGuest(folder: string): Guest {
  const packages = new GuestPackages(join(folder, 'packages'));
  const guest = guestIn(join(folder, `guest-${keyOf(packages.names())}`));
  if (existsSync(guest.root)) return guest;
  for (const old of globSync(join(folder, 'guest-*'))) rmSync(old, { recursive: true }); // no-mount-below: files alone
  const files = packages.download();
  const made = join(folder, 'new');
  const tree = join(made, 'tree');
  rmSync(made, { recursive: true, force: true }); // no-mount-below: files alone
  mkdirSync(tree, { recursive: true });
  unpack(files, tree);
  configure(tree);
  const { kernel, initramfs, root } = guestIn(made);
  copyFileSync(onlyFile(`${tree}/boot/vmlinuz-*`), kernel);
  makeInitramfs(tree, join(made, 'initramfs'), initramfs);
  makeFileSystem(root, tree, { label: 'root', size: '3G' });
  for (const name of ['tree', 'initramfs']) rmSync(join(made, name), { recursive: true }); // no-mount-below: files alone
  const now = join(folder, `guest-${keyOf(packages.names())}`);
  renameSync(made, now);
  return guestIn(now);
}

const guestIn = (folder: string): Guest => ({
  kernel: join(folder, 'vmlinuz'),
  initramfs: join(folder, 'initramfs.cpio'),
  root: join(folder, 'root.ext4'),
});

function keyOf(packages: readonly string[]): string {
  const hash = createHash('sha256').update(packages.join('\n'));
  for (const path of globSync([`${here}*-{image,packages}.ts`, `${here}guest/*`]).sort())
    hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

/** A file system of the files below a folder, in a new file. Needs no mount. */
export function makeFileSystem(file: string, tree: string, { label, size }: { label: string; size: string }): void {
  // A journal and groups that are written ahead of their use would cost time for what is thrown away.
  const options = ['-O', '^has_journal', '-E', 'lazy_itable_init=1', '-m', '0', '-L', label];
  run('mke2fs', ['-q', '-t', 'ext4', ...options, '-d', tree, file, size]);
}

function unpack(packages: readonly string[], tree: string): void {
  // Debian's folders are merged into /usr, which the packages leave to the installer.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(tree, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(tree, name));
  }
  const unwanted = ['doc', 'man', 'locale', 'info', 'perl'].map((name) => `--exclude=./usr/share/${name}/*`);
  const script = 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$@"';
  for (const file of packages) run('bash', ['-o', 'pipefail', '-c', script, file, tree, ...unwanted]);
}

/** What the packages' own scripts would do, as far as it is of use. */
function configure(tree: string): void {
  for (const name of ['passwd', 'group']) {
    copyFileSync(join(tree, `usr/share/base-passwd/${name}.master`), join(tree, 'etc', name));
  }
  symlinkSync('gawk', join(tree, 'usr/bin/awk'));
  symlinkSync('gcc', join(tree, 'usr/bin/cc'));
  // criu locks the network of what it saves by these.
  for (const name of ['iptables', 'ip6tables']) {
    symlinkSync('xtables-nft-multi', join(tree, `usr/sbin/${name}-restore`));
  }
  // What systemd starts for a user is a session of PAM.
  for (const name of ['auth', 'account', 'password', 'session', 'session-noninteractive']) {
    const [kind] = name.split('-');
    writeFileSync(join(tree, 'etc/pam.d', `common-${name}`), `${kind} required pam_permit.so\n`);
  }
  mkdirSync(join(tree, 'work'));
  writeFileSync(join(tree, 'etc/machine-id'), `${'0'.repeat(31)}1\n`);
  writeFileSync(join(tree, 'etc/hostname'), 'guest\n');
  writeFileSync(join(tree, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 guest\n');
  writeFileSync(join(tree, 'etc/resolv.conf'), '');
  writeFileSync(join(tree, 'etc/shadow'), '', { mode: 0o640 });
  const units = join(tree, 'etc/systemd/system');
  for (const name of [...MASKED, ...MASKED_OTHERS]) {
    rmSync(join(units, name), { force: true });
    symlinkSync('/dev/null', join(units, name));
  }
  copyFileSync(join(here, 'guest/keelson-tests.service'), join(units, 'keelson-tests.service'));
  const [version = ''] = readdirSync(join(tree, 'lib/modules'));
  run('chroot', [tree, 'depmod', version]);
  run('chroot', [tree, 'ldconfig']);
  run('chroot', [tree, 'systemd-sysusers']);
  run('chroot', [tree, 'useradd', '--create-home', '--shell', '/bin/sh', 'tester']);
}

function makeInitramfs(tree: string, folder: string, archive: string): void {
  for (const name of ['bin', 'lib', 'dev', 'proc', 'sys', 'root']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(join(tree, 'bin/busybox'), join(folder, 'bin/busybox'));
  copyFileSync(join(here, 'guest/initramfs-init'), join(folder, 'init'));
  const modules = MODULES.map((name) => onlyFile(`${tree}/lib/modules/*/kernel/**/${name}.ko`));
  for (const path of modules) copyFileSync(path, join(folder, 'lib', basename(path)));
  writeFileSync(join(folder, 'lib/modules.order'), modules.map((path) => `${basename(path)}\n`).join(''));
  run('sh', ['-c', 'cd "$0" && find . | busybox cpio -o -H newc >"$1"', folder, archive]);
}

function onlyFile(pattern: string): string {
  const [path, ...others] = globSync(pattern);
  if (path === undefined || others.length > 0) throw new Error(`one file expected: ${pattern}`);
  return path;
}

/** A program without input; its errors are shown when it fails. */
function run(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: Buffer };
    throw new Error(`${program} ${args.slice(0, 4).join(' ')}: ${String(stderr).trim()}`, { cause });
  }
}
