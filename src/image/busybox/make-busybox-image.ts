import type { Kernel } from '../../kernel/index.ts';
import type { Descriptor, ExecutionConfig, ImageConfig, Manifest } from '../../spec/index.ts';
import { DEFAULT_PATH, OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../spec/index.ts';
import type { ContentStore } from '../content/content-store.ts';
import { HOST_PLATFORM } from '../platform.ts';
import { writeTar } from '../tar/tar-writer.ts';
import { busyboxTree } from './busybox-tree.ts';
import { listApplets } from './list-applets.ts';
import { readStaticProgram } from './static-program.ts';

export const BUSYBOX_REFERENCE = 'busybox:latest';

/** How the image is run: Docker's busybox has the same. */
export const BUSYBOX_CONFIG: ExecutionConfig = { Env: [`PATH=${DEFAULT_PATH}`], Cmd: ['sh'] };

/**
 * Makes the image `busybox` of the host's BusyBox and keeps it in the store, tagged. The layer is not compressed: packing
 * and unpacking it would take longer than all the rest, and without it the digest depends on BusyBox alone, not on the
 * zlib of this Node.
 * @param path of a statically linked BusyBox
 */
export async function makeBusyboxImage(kernel: Kernel, store: ContentStore, path: string): Promise<Descriptor> {
  const program = readStaticProgram(path);
  const applets = await listApplets(kernel, path);
  const layer = await store.add(writeTar(busyboxTree(program, applets)), OCI_LAYER);
  const image: ImageConfig = {
    created: '1970-01-01T00:00:00Z',
    ...HOST_PLATFORM,
    config: BUSYBOX_CONFIG,
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'the BusyBox of the host, with a link for each command' }],
  };
  const config = await store.add(json(image), OCI_CONFIG);
  const manifest: Manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
  const descriptor = { ...(await store.add(json(manifest), OCI_MANIFEST)), platform: HOST_PLATFORM };
  return store.tag(kernel, BUSYBOX_REFERENCE, descriptor);
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}
