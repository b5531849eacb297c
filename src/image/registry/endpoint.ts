import { isLenient } from './connections.ts';
import { registryHost } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';

/** One way to reach a registry. */
export interface Endpoint {
  /** Ends with a slash: `https://registry-1.docker.io/`. */
  base: URL;
  /** Credentials of the registry go to the registry alone. */
  isMirror: boolean;
}

/** All ways to reach a registry, in the order in which they are to be tried. */
export function endpoints(registry: string, options: RegistryOptions, { withMirrors = true } = {}): Endpoint[] {
  const host = registryHost(registry);
  const lenient = isLenient(host, options.insecure);
  const mirrors = withMirrors ? (options.mirrors?.[registry] ?? []) : [];
  const addresses = [`https://${host}/`, ...(lenient ? [`http://${host}/`] : [])];
  return [
    ...mirrors.map((address) => ({ base: new URL(address.replace(/\/*$/, '/')), isMirror: true })),
    ...addresses.map((address) => ({ base: new URL(address), isMirror: false })),
  ];
}
