/** Rejects when the program fails; `input` goes to its standard input. */
export type RunHelper = (program: string, input: string) => Promise<string>;

/** How registries are reached, besides what their names say. */
export interface RegistryOptions {
  /** Registries that may be spoken to without TLS, or with a certificate that cannot be checked: `host:port`. */
  insecure?: readonly string[] | undefined;
  /** For a registry, base addresses that are tried before it: `{ 'docker.io': ['https://mirror.example'] }`. */
  mirrors?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Folders with one folder a registry in Docker's layout: `*.crt` are its CAs, `NAME.cert` and `NAME.key` ours. */
  certificates?: readonly string[] | undefined;
  /** Docker's `config.json`, with logins. */
  configFile?: string | undefined;
  /** Milliseconds before the first retry; doubled for each further one. */
  retryDelay?: number | undefined;
  /** Layers that are downloaded at once. */
  parallel?: number | undefined;
  /** Runs a credential helper with a line of input and answers its output; without it, helpers are not asked. */
  runHelper?: RunHelper | undefined;
  /** For proxies (HTTPS_PROXY, NO_PROXY) and the places of files. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}
