/** The image room's door. */
export { busyboxImage, type LocalImage } from './busybox/busybox-image.ts';
