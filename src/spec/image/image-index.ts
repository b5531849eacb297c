import { list, mapOf, object, optional } from '../schema/composites.ts';
import { string } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';
import { type Descriptor, descriptorSchema } from './descriptor.ts';
import { schemaVersion } from './manifest.ts';

/** Manifests of one image for several platforms (image-index.md; Docker's manifest list). */
export interface ImageIndex {
  schemaVersion: 2;
  mediaType?: string | undefined;
  artifactType?: string | undefined;
  manifests: readonly Descriptor[];
  subject?: Descriptor | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
}

const imageIndexSchema: Schema<ImageIndex> = object<ImageIndex>({
  schemaVersion,
  mediaType: optional(string),
  artifactType: optional(string),
  manifests: list(descriptorSchema),
  subject: optional(descriptorSchema),
  annotations: optional(mapOf(string)),
});

/** @throws KeelsonError `INDEX_INVALID` */
export function parseImageIndex(json: unknown): ImageIndex {
  return readDocument(imageIndexSchema, json, { code: 'INDEX_INVALID', document: 'image index' });
}
