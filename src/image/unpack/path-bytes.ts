import type { PathName } from '../../kernel/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';

/** A name of an archive as the kernel shall get it: byte for byte. */
export function pathBytes(name: ByteString): PathName {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what text and bytes have in common.
  return /^[\x01-\x7f]*$/.test(name) ? name : Buffer.from(`${name}\0`, 'latin1');
}
