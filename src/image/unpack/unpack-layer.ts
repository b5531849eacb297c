import type { Kernel } from '../../kernel/index.ts';
import { TarParser } from '../tar/tar-parser.ts';
import type { UnpackOptions } from './layer-unpacker.ts';
import { LayerUnpacker } from './layer-unpacker.ts';

/**
 * Unpacks one layer. `kernel` must be a process of its own, since its umask is changed.
 * @param layer the uncompressed archive; chunks must not be written to again
 * @throws KeelsonError `TAR_*`, `LAYER_*`, or the SyscallError of the entry that could not be made. `EAGAIN`: a mount or
 *   rename elsewhere came between (openat2(2)); unpack again.
 */
export async function unpackLayer(kernel: Kernel, layer: AsyncIterable<Buffer>, options: UnpackOptions): Promise<void> {
  const parser = new TarParser();
  const unpacker = new LayerUnpacker(kernel, options);
  kernel.umask(0);
  await unpacker.begin();
  for await (const chunk of layer) {
    for (const part of parser.push(chunk)) await unpacker.apply(part);
  }
  parser.finish();
  await unpacker.finish();
}
