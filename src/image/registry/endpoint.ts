import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { isLoopback, registryHost } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';

/** One way to reach a registry: an address, and connections to it. */
export interface Endpoint {
  /** Ends with a slash: `https://registry-1.docker.io/`. */
  base: URL;
  dispatcher: Dispatcher;
  /** Credentials of the registry go to the registry alone. */
  isMirror: boolean;
}

const DEFAULT_CERTIFICATES = ['/etc/docker/certs.d', '/etc/containers/certs.d'];
/** Milliseconds. A registry may think about a manifest, and a body must go on. */
const TIMEOUTS = { headersTimeout: 30_000, bodyTimeout: 60_000 };
const CONNECT_TIMEOUT = 15_000;

/** All ways to reach a registry, in the order in which they are to be tried. The caller closes the dispatchers. */
export function endpoints(registry: string, options: RegistryOptions, { withMirrors = true } = {}): Endpoint[] {
  const host = registryHost(registry);
  const lenient = isLoopback(host) || (options.insecure ?? []).includes(registry);
  const mirrors = withMirrors ? (options.mirrors?.[registry] ?? []) : [];
  const addresses = [`https://${host}/`, ...(lenient ? [`http://${host}/`] : [])];
  return [
    ...mirrors.map((address) => ({ base: new URL(address.replace(/\/*$/, '/')), isMirror: true })),
    ...addresses.map((address) => ({ base: new URL(address), isMirror: false })),
  ].map((endpoint) => ({ ...endpoint, dispatcher: connections(endpoint.base.host, lenient, options) }));
}

function connections(host: string, lenient: boolean, options: RegistryOptions): Dispatcher {
  const { env = {}, certificates = DEFAULT_CERTIFICATES } = options;
  const connect = { ...tlsFiles(host, certificates), rejectUnauthorized: !lenient, timeout: CONNECT_TIMEOUT };
  // A proxy elsewhere cannot reach our own loopback; Go's programs leave it out too.
  if (isLoopback(host)) return new Agent({ ...TIMEOUTS, connect });
  return new EnvHttpProxyAgent({
    ...TIMEOUTS,
    connect,
    requestTls: connect,
    httpProxy: env.http_proxy || env.HTTP_PROXY || '',
    httpsProxy: env.https_proxy || env.HTTPS_PROXY || '',
    noProxy: env.no_proxy || env.NO_PROXY || '',
  });
}

/** A registry's CAs, added to the usual ones, and our certificate for it (docs: "Verify repository client with certificates"). */
function tlsFiles(host: string, folders: readonly string[]): { ca?: string[]; cert?: string; key?: string } {
  for (const folder of folders) {
    const own = join(folder, host);
    const names = filesIn(own);
    if (names.length === 0) continue;
    const read = (name: string) => readFileSync(join(own, name), 'utf8');
    const authorities = names.filter((name) => name.endsWith('.crt')).map(read);
    const client = names.find((name) => name.endsWith('.cert') && names.includes(name.replace(/\.cert$/, '.key')));
    return {
      ...(authorities.length > 0 && { ca: [...rootCertificates, ...authorities] }),
      ...(client !== undefined && { cert: read(client), key: read(client.replace(/\.cert$/, '.key')) }),
    };
  }
  return {};
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // most registries have none
  }
}
