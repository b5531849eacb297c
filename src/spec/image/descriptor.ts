import { list, mapOf, object, optional } from '../schema/composites.ts';
import { integer, matching, nonEmptyString, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';
import { type Platform, platformSchema } from './platform.ts';

/** Points to content by what it is (image-spec v1.1, descriptor.md). */
export interface Descriptor {
  mediaType: string;
  /** `sha256:` and 64 hexadecimal digits, of the content as it is stored. */
  digest: string;
  /** Bytes. What is longer or shorter is not the content. */
  size: number;
  /** Where else it may be had. */
  urls?: readonly string[] | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
  /** The content itself, base64. */
  data?: string | undefined;
  /** In an index: for which machines. */
  platform?: Platform | undefined;
  /** Type of an artifact that this is the manifest of. */
  artifactType?: string | undefined;
}

/**
 * The two algorithms that the specification registers, in full length and lower case. Nothing else becomes the name of a
 * blob's file, so that a manifest cannot choose a path.
 */
export const DIGEST: RegExp = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const digestSchema: Schema<string> = matching(DIGEST, 'a digest such as sha256:… with 64 hexadecimal digits');

export const descriptorSchema: Schema<Descriptor> = object<Descriptor>({
  mediaType: nonEmptyString,
  digest: digestSchema,
  size: integer(0, Number.MAX_SAFE_INTEGER),
  urls: optional(list(string)),
  annotations: optional(mapOf(string)),
  data: optional(string),
  platform: optional(platformSchema),
  artifactType: optional(string),
});
