import type { ContainerState } from './container-state.ts';
import type { ImageSummary } from './images.ts';
import type { Volume } from './volume.ts';

/** What is on the disk of an engine, in bytes. */
export interface EngineUsage {
  images: readonly ImageUsage[];
  /** Of all images: what several have counts once. */
  imageBytes: number;
  /** Of that, what no image of a container has. */
  unusedImageBytes: number;
  containers: readonly { state: ContainerState; bytes: number }[];
  /** `links`: containers that have it. */
  volumes: readonly { volume: Volume; links: number; bytes: number }[];
}

/** An image, under the first of its names. */
export interface ImageUsage {
  image: ImageSummary;
  /** With other images. */
  sharedBytes: number;
  uniqueBytes: number;
  /** How many are made of it. */
  containers: number;
}
