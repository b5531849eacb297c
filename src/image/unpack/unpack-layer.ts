import type { Fd, Kernel } from '../../kernel/index.ts';
import { TarParser } from '../tar/tar-parser.ts';
import type { UnpackOptions } from './layer-unpacker.ts';
import { LayerUnpacker } from './layer-unpacker.ts';

/** A layer of which everything is unpacked that its archive says. */
export interface UnpackedArchive {
  /** Does the rest. `lower`: roots of the layers below, the topmost first. */
  finish(lower: readonly Fd[]): Promise<void>;
}

/**
 * Unpacks one layer, which needs none of those below yet. `kernel` must be a process of its own, since its umask is changed.
 * @param layer the uncompressed archive; chunks may be written to again once the next one is asked for
 * @throws KeelsonError `TAR_*`, `LAYER_*`, or the SyscallError of the entry that could not be made. `EAGAIN`: a mount or
 *   rename elsewhere came between (openat2(2)); unpack again.
 */
export async function unpackArchive(
  kernel: Kernel,
  layer: AsyncIterable<Buffer>,
  options: UnpackOptions,
): Promise<UnpackedArchive> {
  const parser = new TarParser();
  const unpacker = new LayerUnpacker(kernel, options);
  kernel.umask(0);
  for await (const chunk of layer) {
    for (const part of parser.push(chunk)) await unpacker.apply(part);
  }
  parser.finish();
  await unpacker.settle();
  return unpacker;
}

/** Unpacks one layer whose layers below are there; see `unpackArchive`. */
export async function unpackLayer(
  kernel: Kernel,
  layer: AsyncIterable<Buffer>,
  { lower, ...options }: UnpackOptions & { lower: readonly Fd[] },
): Promise<void> {
  const archive = await unpackArchive(kernel, layer, options);
  await archive.finish(lower);
}
