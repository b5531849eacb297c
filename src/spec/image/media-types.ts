/** Media types of the OCI image specification 1.1 and of Docker's schema 2, which registries serve alike. */

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
export const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const OCI_LAYER_ZSTD = 'application/vnd.oci.image.layer.v1.tar+zstd';
/** The content of an artifact without a configuration. */
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';

export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';
export const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar';
export const DOCKER_LAYER_GZIP = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
export const DOCKER_LAYER_ZSTD = 'application/vnd.docker.image.rootfs.diff.tar.zstd';
/** A layer that may not be redistributed: it is at its `urls`, not in the registry. */
export const DOCKER_LAYER_FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

export const INDEX_TYPES: readonly string[] = [OCI_INDEX, DOCKER_MANIFEST_LIST];
export const MANIFEST_TYPES: readonly string[] = [OCI_MANIFEST, DOCKER_MANIFEST];
export const CONFIG_TYPES: readonly string[] = [OCI_CONFIG, DOCKER_CONFIG];

const OCI_FOREIGN_GZIP = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
const OCI_LAYER_TYPES: Readonly<Record<string, string>> = {
  [DOCKER_LAYER]: OCI_LAYER,
  [DOCKER_LAYER_GZIP]: OCI_LAYER_GZIP,
  [DOCKER_LAYER_ZSTD]: OCI_LAYER_ZSTD,
  [DOCKER_LAYER_FOREIGN]: OCI_FOREIGN_GZIP,
};

/** The type that an OCI manifest gives a layer; the bytes are the same. Podman and skopeo refuse a mixture of both. */
export function ociLayerType(mediaType: string): string {
  return OCI_LAYER_TYPES[mediaType] ?? mediaType;
}

/** May it not be given on? Then it is at its addresses and not in the registry. */
export function isForeign({
  mediaType,
  urls = [],
}: {
  mediaType: string;
  urls?: readonly string[] | undefined;
}): boolean {
  return urls.length > 0 && /\.(foreign|nondistributable)\./.test(mediaType);
}

/** How a layer is compressed, by its media type; a type that is missing here is no layer that we can unpack. */
export const LAYER_COMPRESSIONS: Readonly<Record<string, 'none' | 'gzip' | 'zstd'>> = {
  [OCI_LAYER]: 'none',
  [OCI_LAYER_GZIP]: 'gzip',
  [OCI_LAYER_ZSTD]: 'zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar': 'none', // deprecated in 1.1
  [OCI_FOREIGN_GZIP]: 'gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd': 'zstd',
  [DOCKER_LAYER]: 'none',
  [DOCKER_LAYER_GZIP]: 'gzip',
  [DOCKER_LAYER_ZSTD]: 'zstd',
  [DOCKER_LAYER_FOREIGN]: 'gzip',
};
