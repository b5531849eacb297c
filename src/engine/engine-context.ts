import { resolve } from 'node:path';
import { ImageStore, type RegistryOptions } from '../image/index.ts';
import { IdRanges } from './id-ranges.ts';
import { processIdentity } from './process-identity.ts';
import { openStore, type Store } from './store.ts';

/** A program that takes away what a container leaves, after whoever started it has gone. */
export interface CleanupProgram {
  /** Absolute. */
  path: string;
  /** Followed by the data root and the container's id. */
  argv: readonly string[];
  /** `NAME=value` */
  environment: readonly string[];
}

/** What every verb of the engine works with. */
export interface EngineContext {
  /** The data root, absolute. */
  readonly root: string;
  readonly store: Store;
  readonly images: ImageStore;
  readonly addressFolder: string;
  readonly idRanges: IdRanges;
  /** This program: the owner of what it has begun and not finished. */
  readonly self: string;
  readonly cleanup: CleanupProgram | undefined;
  /** Of processes that live on without this engine: called when it closes, so that a program need not wait for them. */
  readonly partings: Set<() => void>;
}

/** The caller disposes of `store`. */
export function openContext(
  folder: string,
  { cleanup, registries }: { cleanup?: CleanupProgram | undefined; registries?: RegistryOptions | undefined } = {},
): EngineContext {
  const root = resolve(folder);
  return {
    root,
    store: openStore(root),
    images: new ImageStore({ root, registries }),
    // Addresses and ids are the host's, whatever the data root: kept where a restart of the host clears them.
    addressFolder: '/run/keelson/addresses',
    idRanges: new IdRanges('/run/keelson/ids'),
    self: processIdentity(process.pid),
    cleanup,
    partings: new Set(),
  };
}
