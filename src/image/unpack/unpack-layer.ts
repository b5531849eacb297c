import type { Fd, Kernel } from '../../kernel/index.ts';
import { TarParser } from '../tar/tar-parser.ts';
import type { UnpackOptions } from './layer-unpacker.ts';
import { LayerUnpacker } from './layer-unpacker.ts';
import { LARGEST_CHUNK, Spool } from './spool.ts';

/** A layer of which everything is unpacked that its archive says. */
export interface UnpackedArchive {
  /** Does the rest. `lower`: roots of the layers below, the topmost first. */
  finish(lower: readonly Fd[]): Promise<void>;
}

/**
 * Unpacks one layer, which needs none of those below yet. `kernel` must be a process of its own, since its umask is changed.
 * @param layer the uncompressed archive; a chunk is needed until the next one is asked for
 * @throws KeelsonError `TAR_*`, `LAYER_*`, or the SyscallError of the entry that could not be made. `EAGAIN`: a mount or
 *   rename elsewhere came between (openat2(2)); unpack again.
 */
export async function unpackArchive(
  kernel: Kernel,
  layer: AsyncIterable<Buffer>,
  options: Omit<UnpackOptions, 'spool'>,
): Promise<UnpackedArchive> {
  using spool = await Spool.open(kernel);
  const parser = new TarParser();
  const unpacker = new LayerUnpacker(kernel, { ...options, spool });
  kernel.umask(0);
  const apply = async (whole: Buffer) => {
    for (let at = 0; at < whole.length; at += LARGEST_CHUNK) {
      const chunk = whole.subarray(at, at + LARGEST_CHUNK);
      while (!spool.hasRoom(chunk.length)) await unpacker.advance();
      await unpacker.applyAll(parser.push(chunk), chunk, spool.put(chunk));
    }
  };
  let failure: { error: unknown } | undefined;
  for await (const whole of layer) {
    if (failure) break;
    // A layer may be wrong because it is damaged, which its digests tell: where it ends here, they are looked at first.
    await apply(whole).catch((error: unknown) => {
      failure = { error };
    });
  }
  if (failure) throw failure.error;
  parser.finish();
  await unpacker.settle();
  return unpacker;
}

/** Unpacks one layer whose layers below are there; see `unpackArchive`. */
export async function unpackLayer(
  kernel: Kernel,
  layer: AsyncIterable<Buffer>,
  { lower, ...options }: Omit<UnpackOptions, 'spool'> & { lower: readonly Fd[] },
): Promise<void> {
  const archive = await unpackArchive(kernel, layer, options);
  await archive.finish(lower);
}
