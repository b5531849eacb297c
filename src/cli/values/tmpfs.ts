import { invalid } from '../../base/index.ts';
import type { MountConfig } from '../../spec/index.ts';
import { mountTarget } from './absolute-path.ts';
import { sizeValue } from './size.ts';

/** Options that take no value: mount(8)'s flags of a file system. */
const FLAGS =
  /^(?:(?:no)?(?:exec|suid|dev|atime|diratime|relatime|symfollow)|strictatime|lazytime|sync|async|dirsync|mand|nomand|rw|ro|defaults)$/;

/** tmpfs(5): options that take one. */
const VALUES =
  /^(?:uid=\d+|gid=\d+|nr_inodes=\d+[kmg]?|nr_blocks=\d+[kmg]?|huge=(?:never|always|within_size|advise)|mpol=[\w:,=-]+)$/;

/** `--tmpfs /run:size=64m,mode=1777,noexec` */
export function tmpfsValue(text: string): MountConfig {
  const colon = text.indexOf(':');
  const target = mountTarget(colon < 0 ? text : text.slice(0, colon));
  const mount: MountConfig = { type: 'tmpfs', target, readOnly: false };
  const options: string[] = [];
  for (const option of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    if (option === '') continue;
    if (option.startsWith('size=')) mount.tmpfsSize = sizeValue(option.slice(5));
    else if (option.startsWith('mode=')) mount.tmpfsMode = permissionBits(option.slice(5));
    else if (option === 'ro') mount.readOnly = true;
    else if (FLAGS.test(option) || VALUES.test(option)) options.push(option);
    else throw invalid('TMPFS_OPTION', `expected tmpfs options such as size=64m, mode=1777 or noexec, not '${option}'`);
  }
  if (options.length > 0) mount.options = options;
  return mount;
}

/** `1777`, in octal. */
export function permissionBits(text: string): number {
  if (/^0?[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  throw invalid('MODE_INVALID', 'expected permission bits in octal such as 1777');
}
