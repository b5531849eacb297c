import type { Descriptor } from '../image/descriptor.ts';
import type { ImageConfig } from '../image/image-config.ts';

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

/** What a push is to send. */
export interface PushRequest {
  /** A name here, which says where to: `registry.example/team/app:1.2`. */
  reference: string;
  /** Of an image for several platforms, the manifest for this one alone. */
  platform?: string | undefined;
  onProgress?: ((event: PushEvent) => void) | undefined;
  /** Ends the push; layers that have arrived need not be sent again. */
  signal?: AbortSignal | undefined;
}

/** What a layer is doing. `exists`: the registry has it; `mounted`: it had it in another repository. */
export type UploadPhase = 'preparing' | 'exists' | 'mounted' | 'pushing' | 'pushed';

export type PushEvent =
  /** With its registry: `docker.io/library/alpine`. */
  | { kind: 'start'; repository: string }
  /** `current` of `total` bytes are sent. `from`: the repository that it was mounted from. */
  | { kind: 'layer'; digest: string; phase: UploadPhase; current: number; total: number; from?: string };

export interface PushedImage {
  /** What it is called here: `registry.example/team/app:1.2`. */
  name: string;
  /** With registry and path in full. */
  canonicalName: string;
  tag: string;
  /** Of what the registry has now under this name. */
  digest: string;
  /** Bytes of that manifest or index. */
  size: number;
}

/** Who wants to be known by a registry. Without name and password: with the login that is kept. */
export interface LoginRequest {
  /** `registry.example:5000`; Docker's own when left out. */
  server?: string | undefined;
  username?: string | undefined;
  /** Or a token that stands for it. */
  password?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Where a login is kept: in Docker's file as it is, or by a credential helper. */
export interface KeptLogin {
  kind: 'file' | 'helper';
  /** The file's path, or the helper's name. */
  name: string;
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

/** An image that was loaded from an archive. */
export interface LoadedImage {
  /** Digest of the configuration. */
  id: string;
  /** What it is called here now; none when the archive does not say. */
  names: readonly string[];
}

/** All that is known of an image. */
export interface ImageDetails {
  id: string;
  /** `alpine:latest`, all of them. */
  names: readonly string[];
  /** `alpine@sha256:…`: what a registry has it as. */
  digests: readonly string[];
  config: ImageConfig;
  /** Bytes of each layer as it is stored, the lowest first. */
  layerSizes: readonly number[];
  /** Folders of the unpacked layers, the topmost first; none where containers have copies. */
  folders: readonly string[];
}

/** What a prune of images took away. */
export interface PrunedImages extends RemovedImage {
  /** Bytes on the disk. */
  bytes: number;
}

/** An image whose files are shown at a folder of the host. */
export interface MountedImage {
  /** Digest of its configuration. */
  id: string;
  /** `alpine:latest`, all of them. */
  names: readonly string[];
  /** Of its manifests. */
  digests: readonly string[];
  /** The folder; nobody can write there. */
  path: string;
  /** So often it was mounted and not yet unmounted. */
  count: number;
}

/** How an image differs from what it is made of: `docker commit --change` and `docker import --change`. */
export interface ImageChanges {
  /** Instructions of a Dockerfile: `CMD ["sh"]`, `ENV A=b`. */
  changes?: readonly string[] | undefined;
  author?: string | undefined;
  message?: string | undefined;
}

/** How an image of a container is made. */
export interface CommitRequest extends ImageChanges {
  name?: string | undefined;
  /** Hold a running container meanwhile; true when left out. */
  pause?: boolean | undefined;
}

/** Something that a container changed of its image. */
export interface ContainerChange {
  kind: 'added' | 'modified' | 'deleted';
  /** Absolute, one character a byte (latin1): names are bytes. */
  path: string;
}

/** When a container's image is pulled. */
export type PullPolicy = 'missing' | 'always' | 'never';

/** What can be done with images. */
export interface ImageEngine {
  /** Gets an image from its registry, unless what is here is the same. */
  pull(request: PullRequest): Promise<PulledImage>;
  /** Sends an image to the registry in its name. What is there already is not sent. */
  push(request: PushRequest): Promise<PushedImage>;
  /** The tags that a registry has of a name. */
  tags(name: string, options?: { signal?: AbortSignal }): Promise<string[]>;
  /** What is attached to an image at its registry: signatures, lists of its parts. */
  referrers(reference: string, options?: { artifactType?: string; signal?: AbortSignal }): Promise<Descriptor[]>;
  /** Tries a login and keeps it, as Docker does and for Docker too. Undefined: none was given and none is kept. */
  login(request: LoginRequest): Promise<KeptLogin | undefined>;
  /** Forgets a login. False: there was none. */
  logout(server?: string): Promise<boolean>;
  /** Newest first. Images whose name another one got have an empty name. */
  list(): Promise<ImageSummary[]>;
  /** Gives an image one more name. */
  tag(source: string, name: string): Promise<void>;
  /** By name, id or the start of one. Errors: not-found; conflict when a container uses it, or an id has several names. */
  remove(reference: string, options?: { force?: boolean }): Promise<RemovedImage>;
  /** By name, id or the start of one. */
  inspect(reference: string): Promise<ImageDetails>;
  /** One archive that Docker, Podman and skopeo read, as an OCI layout and as a Docker archive. */
  save(references: readonly string[]): AsyncIterable<Buffer>;
  /** Takes images out of such an archive, compressed or not, or out of a folder that is an OCI layout. */
  load(source: AsyncIterable<Buffer> | { folder: string }): Promise<LoadedImage[]>;
  /** Makes an image of one layer of a file system's archive; its id is the answer. */
  import(archive: AsyncIterable<Buffer>, options?: ImageChanges & { name?: string | undefined }): Promise<string>;
  /** Shows an image's files at a folder of the host, until as many calls of `unmount`. A restart of the host ends it, too. */
  mount(reference: string): Promise<MountedImage>;
  /** Takes one mount back, or with `force` all, also when somebody uses the files. `count` is then what is left. */
  unmount(reference: string, options?: { force?: boolean }): Promise<MountedImage>;
  mounted(): Promise<MountedImage[]>;
  /** Removes images without a name, or all that no container has. */
  prune(options?: { all?: boolean; matches?: (image: ImageSummary) => boolean }): Promise<PrunedImages>;
}
