import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, ELOOP, ENOENT, ENOTDIR, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';
import { pathBytes } from '../unpack/path-bytes.ts';
import { RESOLVE_WITHIN } from './read-folder.ts';

/** A descriptor (O_PATH) of an entry itself, whatever it is; undefined when it has gone. */
export async function openEntry(kernel: Kernel, layer: Fd, path: ByteString): Promise<number | undefined> {
  const how = { flags: O_PATH | O_NOFOLLOW, resolve: RESOLVE_WITHIN };
  const fd = await kernel.openat2(layer, pathBytes(path || '.'), how, { allow: [ENOENT, ENOTDIR, ELOOP] });
  return fd < 0 ? undefined : fd;
}

/**
 * Opens what `openEntry` gave, once it is known to be a file or a folder: by its descriptor, so that a device that took its
 * place meanwhile is never opened.
 */
export async function openToRead(kernel: Kernel, entry: number): Promise<number> {
  return await kernel.openat(AT_FDCWD, `/proc/self/fd/${entry}`, O_RDONLY | O_NONBLOCK);
}
