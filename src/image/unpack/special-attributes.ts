import type { Fd, Kernel, PathName } from '../../kernel/index.ts';
import { ENOENT, EOPNOTSUPP, EPERM, O_NOFOLLOW, O_PATH } from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { pathBytes } from './path-bytes.ts';

/**
 * Gives a symbolic link, device or FIFO its extended attributes. It cannot be opened, so it goes by the link in /proc to a
 * descriptor of the thing itself, which the kernel follows no further. `user.*` is for files and folders alone (xattr(7)); it is
 * left out here, as Docker does.
 */
export async function setSpecialAttributes(
  kernel: Kernel,
  { dir, name }: { dir: Fd; name: PathName },
  attributes: ReadonlyMap<ByteString, Buffer>,
): Promise<void> {
  // A device that we may not make is not there.
  const fd = await kernel.openat(dir, name, O_PATH | O_NOFOLLOW, 0, { allow: [ENOENT] });
  if (fd < 0) return;
  for (const [key, value] of attributes) {
    // As for files: overlayfs would take what is below from elsewhere.
    if (/^(trusted|user)\.overlay\./.test(key)) continue;
    kernel.setxattr(`/proc/self/fd/${fd}`, pathBytes(key), value, { allow: [EOPNOTSUPP, EPERM] });
  }
  await kernel.close(fd);
}
