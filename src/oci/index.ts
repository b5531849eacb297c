/** The door of the OCI runtime's command line. */
export { Brain, type BrainOptions } from './brain/brain.ts';
export { FORWARDED } from './brain/front-context.ts';
export { main } from './main.ts';
export type { OciContext } from './oci-context.ts';
