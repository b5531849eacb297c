/** The door of the OCI runtime's command line. */
export { main } from './main.ts';
export type { OciContext } from './oci-context.ts';
