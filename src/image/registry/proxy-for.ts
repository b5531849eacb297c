import { offsetOf, parsePrefix, tryParseIp } from '../../base/index.ts';
import { isLoopback } from './registry-name.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address, as the Go programs choose it (golang.org/x/net/http/httpproxy), among them Docker: one variable for
 * each scheme, none for this machine, and `NO_PROXY` with names, `.domains`, addresses, prefixes and ports.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = env[name] || env[name.toUpperCase()];
  // A proxy elsewhere cannot reach our own loopback.
  if (!proxy || isLoopback(url.host)) return undefined;
  const exceptions = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (exceptions.some((entry) => covers(entry.toLowerCase(), url))) return undefined;
  const address = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(address) ? new URL(address) : undefined;
}

function covers(entry: string, { hostname, port, protocol }: URL): boolean {
  if (entry === '*') return true;
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = tryParseIp(host);
  if (entry.includes('/')) return address !== undefined && isInPrefix(entry, address);
  const [, name = entry, only] = /^(.+?):(\d+)$/.exec(entry.replace(/^\[(.+)\]/, '$1')) ?? [];
  if (only !== undefined && tryParseIp(entry) === undefined) {
    if ((port || (protocol === 'https:' ? '443' : '80')) !== only) return false;
  }
  const bare = tryParseIp(entry) === undefined ? name : entry;
  if (bare.startsWith('*.')) return host.endsWith(bare.slice(1));
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || (!address && host.endsWith(`.${bare}`));
}

/** `10.0.0.0/8`; what cannot be read covers nothing. */
export function isInPrefix(text: string, address: Uint8Array): boolean {
  try {
    return offsetOf(parsePrefix(text), address) !== undefined;
  } catch {
    return false;
  }
}
