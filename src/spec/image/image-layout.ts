import { object } from '../schema/composites.ts';
import { matching } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';

/** The file `oci-layout`, which marks a folder as an image layout (image-layout.md). */
export interface ImageLayout {
  imageLayoutVersion: string;
}

export const IMAGE_LAYOUT_VERSION = '1.0.0';

const imageLayoutSchema: Schema<ImageLayout> = object<ImageLayout>({
  imageLayoutVersion: matching(/^1\.\d+\.\d+$/, 'version 1'),
});

/** @throws KeelsonError `IMAGE_LAYOUT_INVALID` */
export function parseImageLayout(json: unknown): ImageLayout {
  return readDocument(imageLayoutSchema, json, { code: 'IMAGE_LAYOUT_INVALID', document: 'oci-layout' });
}
