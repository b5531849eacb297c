import type { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { KeelsonError, tryParseIp } from '../../base/index.ts';
import { PlainAgent } from './plain-agent.ts';
import { isInPrefix, proxyFor } from './proxy-for.ts';
import { isLoopback } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { readTlsFiles } from './tls-files.ts';
import { trustedCertificates } from './trusted-certificates.ts';

/** Milliseconds. */
const PATIENCE = 60_000;
const CONNECT_TIMEOUT = 15_000;

/**
 * Connections to a registry and to wherever it sends us. Each server has its own TLS files and its own leniency, so that no
 * other one, reached by a redirect, gets our certificate or the trust that was meant for the registry.
 */
export class Connections implements AsyncDisposable {
  /** Milliseconds that a server may be silent. */
  readonly patience: number;
  readonly #options: RegistryOptions;
  readonly #made = new Map<string, Promise<Dispatcher>>();
  /** Of Node's own client. */
  readonly #agents = new Map<string, Agent>();
  readonly #tlsOptions = new Map<string, object>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.patience = options.patience ?? PATIENCE;
  }

  /** @throws KeelsonError `REGISTRY_CERTIFICATES` */
  to(url: URL): Promise<Dispatcher> {
    const known = this.#made.get(url.origin);
    if (known) return known;
    const made = this.#connect(url);
    this.#made.set(url.origin, made);
    return made;
  }

  /**
   * Connections of Node's own client, for what is only read; none where a proxy is between.
   * @throws KeelsonError `REGISTRY_CERTIFICATES`
   */
  agentFor(url: URL): Agent | undefined {
    if (proxyFor(url, this.#options.env ?? {})) return undefined;
    const known = this.#agents.get(url.origin);
    if (known) return known;
    const options = { keepAlive: true, keepAliveMsecs: this.patience };
    const made = url.protocol === 'https:' ? new TlsAgent({ ...options, ...this.#tls(url) }) : new PlainAgent(options);
    this.#agents.set(url.origin, made);
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents.values()) agent.destroy();
    const made = await Promise.allSettled(this.#made.values());
    await Promise.all(made.map((result) => (result.status === 'fulfilled' ? result.value.destroy() : undefined)));
    this.#made.clear();
  }

  async #connect(url: URL): Promise<Dispatcher> {
    const { env = {} } = this.#options;
    const timeouts = { headersTimeout: this.patience, bodyTimeout: this.patience };
    const connect = { timeout: CONNECT_TIMEOUT, ...(url.protocol === 'https:' && this.#tls(url)) };
    const proxy = proxyFor(url, env);
    if (!proxy) {
      // The whole of it loads a browser's fetch, cookies and sockets too.
      const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
      return new Agent({ ...timeouts, connect });
    }
    const { ProxyAgent } = await import('undici');
    // A tunnel for TLS alone: few proxies let CONNECT go to port 80.
    return new ProxyAgent({ ...timeouts, uri: proxy.href, requestTls: connect, proxyTunnel: false });
  }

  #tls(url: URL): object {
    const known = this.#tlsOptions.get(url.origin);
    if (known) return known;
    const made = this.#readTls(url);
    this.#tlsOptions.set(url.origin, made);
    return made;
  }

  #trusted(): readonly string[] {
    const trusted = trustedCertificates(this.#options.env ?? {});
    return trusted === undefined ? rootCertificates : [trusted];
  }

  #readTls(url: URL): object {
    const { authorities, cert, key } = readTlsFiles([url.host, `${url.hostname}:${url.port || 443}`], this.#options);
    const lenient = isLenient(url.host, this.#options.insecure);
    // Reading a whole bundle takes milliseconds: once, and not where nothing is checked against it.
    // None at all where that is so, for without a list Node reads all of its own.
    const ca = lenient ? [] : [...this.#trusted(), ...authorities];
    try {
      const secureContext = createSecureContext({ ca, ...(cert !== undefined && { cert, key }) });
      return { secureContext, rejectUnauthorized: !lenient };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new KeelsonError('invalid', `the certificates for ${url.host} cannot be used: ${reason}`, {
        code: 'REGISTRY_CERTIFICATES',
        hint: 'they are PEM files; the key must belong to the certificate and have no passphrase',
        cause,
      });
    }
  }
}

/** May it be spoken to without TLS, or with a certificate that nobody vouches for? Docker's loopback may, too. */
export function isLenient(host: string, insecure: readonly string[] = []): boolean {
  if (isLoopback(host)) return true;
  const name = host.replace(/:\d+$/, '');
  const address = tryParseIp(name.replace(/^\[|\]$/g, ''));
  return insecure.some(
    (entry) =>
      entry === host || entry === name || (address !== undefined && entry.includes('/') && isInPrefix(entry, address)),
  );
}
