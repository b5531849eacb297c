/** What a pull is to get. */
export interface PullRequest {
  /** As people write it: `alpine`, `registry.example/team/app@sha256:…`. */
  reference: string;
  /** `linux/arm64`, `linux/arm/v7`; this machine's when left out. */
  platform?: string | undefined;
  onProgress?: ((event: PullEvent) => void) | undefined;
  /** Ends the pull; what was downloaded is kept and the next one goes on from there. */
  signal?: AbortSignal | undefined;
}

/** What a layer is doing. `exists`: it was here before; `done`: it is unpacked. */
export type LayerPhase = 'waiting' | 'exists' | 'downloading' | 'downloaded' | 'unpacking' | 'done';

export type PullEvent =
  /** The manifest was found; `tag` is a tag or a digest, `repository` is without the registry. */
  | { kind: 'start'; tag: string; repository: string }
  /** `current` of `total` bytes are downloaded. */
  | { kind: 'layer'; digest: string; phase: LayerPhase; current: number; total: number };

export interface PulledImage {
  /** What it is called here: `alpine:latest`. */
  name: string;
  /** With registry and path in full: `docker.io/library/alpine:latest`. */
  canonicalName: string;
  /** Of what the registry has under this name, an index or a manifest. */
  digest: string;
  /** Digest of the configuration. */
  id: string;
  /** The name stood for something else before, or for nothing. */
  isNew: boolean;
}

/** An image as lists show it. */
export interface ImageSummary {
  /** Digest of the configuration. */
  id: string;
  /** `alpine:latest`; images without a tag have `name@digest`. */
  name: string;
  /** Of the manifest, or of the index that it was chosen from. */
  digest: string;
  /** Milliseconds since 1970. */
  created: number;
  /** Bytes of its layers as they are stored. */
  size: number;
  labels: Readonly<Record<string, string>>;
}

/** What removing an image took away. */
export interface RemovedImage {
  untagged: readonly string[];
  /** Ids of images of which no name is left. */
  deleted: readonly string[];
}

/** When a container's image is pulled. */
export type PullPolicy = 'missing' | 'always' | 'never';

/** What can be done with images. */
export interface ImageEngine {
  /** Gets an image from its registry, unless what is here is the same. */
  pull(request: PullRequest): Promise<PulledImage>;
  /** Newest first. Images whose name another one got have an empty name. */
  list(): Promise<ImageSummary[]>;
  /** Gives an image one more name. */
  tag(source: string, name: string): Promise<void>;
  /** By name, id or the start of one. Errors: not-found; conflict when a container uses it, or an id has several names. */
  remove(reference: string, options?: { force?: boolean }): Promise<RemovedImage>;
}
