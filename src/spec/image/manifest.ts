import { list, mapOf, object, optional } from '../schema/composites.ts';
import { integer, string } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';
import { type Descriptor, descriptorSchema } from './descriptor.ts';

/** One image for one platform: its configuration and its layers, the lowest first (manifest.md; Docker's schema 2). */
export interface Manifest {
  schemaVersion: 2;
  /** Optional for OCI, required by Docker. */
  mediaType?: string | undefined;
  artifactType?: string | undefined;
  config: Descriptor;
  layers: readonly Descriptor[];
  /** The manifest that this one is attached to. */
  subject?: Descriptor | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** Version 1 was Docker's signed format, which registries no longer serve. */
export const schemaVersion: Schema<2> = (value, path, problems) =>
  integer(2, 2)(value, path, problems) === undefined ? undefined : 2;

const manifestSchema: Schema<Manifest> = object<Manifest>({
  schemaVersion,
  mediaType: optional(string),
  artifactType: optional(string),
  config: descriptorSchema,
  layers: list(descriptorSchema),
  subject: optional(descriptorSchema),
  annotations: optional(mapOf(string)),
});

/** @throws KeelsonError `MANIFEST_INVALID` */
export function parseManifest(json: unknown): Manifest {
  return readDocument(manifestSchema, json, { code: 'MANIFEST_INVALID', document: 'image manifest' });
}
