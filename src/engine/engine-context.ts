import { resolve } from 'node:path';
import { ImageStore, type RegistryOptions } from '../image/index.ts';
import { IdRanges } from './id-ranges.ts';
import { processIdentity } from './process-identity.ts';
import { openStore, type Store } from './store.ts';

/** A program that goes on with the work of an engine that has gone. */
export interface OwnProgram {
  /** Absolute. */
  path: string;
  /** Followed by what the work is about. */
  argv: readonly string[];
  /** `NAME=value` */
  environment: readonly string[];
}

/** Takes away what a container leaves. It is given the data root and the container's id. */
export type CleanupProgram = OwnProgram;

/** Runs the health checks of containers. It is given the data root. */
export type HealthKeeper = OwnProgram;

/** Who is told of containers with a health check. */
export interface ContainerChecks {
  /** It is recorded as running. Never fails: a container runs without its check too. */
  begun(id: string): Promise<void>;
  /** Nothing of its check runs here when this resolves. */
  ended(id: string): Promise<void>;
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
  /** This engine among others of this program: who runs a health check. Alive as `self` is. */
  readonly holder: string;
  readonly cleanup: CleanupProgram | undefined;
  /** Runs the checks of detached containers; without one this program does, while the engine is open. */
  readonly healthKeeper: HealthKeeper | undefined;
  readonly checks: ContainerChecks;
  /** Of processes that live on without this engine: called when it closes, so that a program need not wait for them. */
  readonly partings: Set<() => void>;
}

let opened = 0;

/** The caller disposes of `store`. */
export function openContext(
  folder: string,
  {
    cleanup,
    healthKeeper,
    registries,
  }: {
    cleanup?: CleanupProgram | undefined;
    healthKeeper?: HealthKeeper | undefined;
    registries?: RegistryOptions | undefined;
  } = {},
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
    holder: `${processIdentity(process.pid)}:${++opened}`,
    cleanup,
    healthKeeper,
    checks: { begun: async () => undefined, ended: async () => undefined },
    partings: new Set(),
  };
}
