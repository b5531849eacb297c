/** How a helper ended, and what it printed. */
export interface HelperResult {
  status: number;
  output: string;
}

/** Runs a program with one argument; `input` goes to its standard input, never to its arguments. */
export type RunHelper = (program: string, argument: string, input: string) => Promise<HelperResult>;

/** PEM files of one registry. */
export interface TlsFiles {
  /** Authorities, besides those of this machine. */
  ca?: string | undefined;
  /** Our certificate for it. */
  cert?: string | undefined;
  key?: string | undefined;
}

/** How registries are reached, besides what their names say. What is given here counts more than the settings file. */
export interface RegistryOptions {
  /** Registries that may be spoken to without TLS, or with a certificate that cannot be checked: `host:port`, `10.0.0.0/8`. */
  insecure?: readonly string[] | undefined;
  /** For a registry, base addresses that are tried before it: `{ 'docker.io': ['https://mirror.example'] }`. */
  mirrors?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Folders with one folder a registry in Docker's layout: `*.crt` are its CAs, `NAME.cert` and `NAME.key` ours. */
  certificates?: readonly string[] | undefined;
  /** For a registry by name, before what the folders say. */
  tls?: Readonly<Record<string, TlsFiles>> | undefined;
  /** Docker's `config.json`, with logins. */
  configFile?: string | undefined;
  /** `registries.json`; `false`: none is read. */
  settingsFile?: string | false | undefined;
  /** Milliseconds before the first retry; doubled for each further one. */
  retryDelay?: number | undefined;
  /** Milliseconds that a server may be silent. */
  patience?: number | undefined;
  /** Layers that are downloaded at once. */
  parallel?: number | undefined;
  /** Layers that are uploaded at once. */
  parallelUploads?: number | undefined;
  /** For a registry, the most bytes that one request of an upload carries; without it, all of a layer. */
  uploadChunk?: Readonly<Record<string, number>> | undefined;
  /** Runs credential helpers; our own agent when left out. */
  runHelper?: RunHelper | undefined;
  /** For proxies (HTTPS_PROXY, NO_PROXY) and the places of files. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}
