import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { KeelsonError, parseSize } from '../../base/index.ts';
import { parseJson } from '../../spec/index.ts';
import { DEFAULT_REGISTRY } from './registry-name.ts';
import type { RegistryOptions, TlsFiles } from './registry-options.ts';

/** In the words of Docker's daemon.json, so that they can be copied from there, and one entry a registry. */
const KEYS = [
  'registry-mirrors',
  'insecure-registries',
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'proxies',
  'registries',
];
const REGISTRY_KEYS = ['mirrors', 'insecure', 'ca', 'cert', 'key', 'upload-chunk'];
const PROXY_KEYS = ['http-proxy', 'https-proxy', 'no-proxy'];

/** `$KEELSON_REGISTRIES`; else those that are looked for: the user's, the machine's. */
function registryFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  if (env.KEELSON_REGISTRIES) return [env.KEELSON_REGISTRIES];
  const own = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return [join(own, 'keelson', 'registries.json'), '/etc/keelson/registries.json'];
}

/**
 * Adds what the settings file says to the options, which count more.
 * @throws KeelsonError `REGISTRIES_FILE`
 */
export function withRegistryFile(options: RegistryOptions): RegistryOptions {
  const { settingsFile, env = {} } = options;
  if (settingsFile === false) return options;
  const isNamed = settingsFile !== undefined || Boolean(env.KEELSON_REGISTRIES);
  for (const path of settingsFile === undefined ? registryFiles(env) : [settingsFile]) {
    const text = readIfThere(path, isNamed);
    if (text !== undefined) return merge(options, new RegistryFile(path, text));
  }
  return options;
}

function merge(options: RegistryOptions, file: RegistryFile): RegistryOptions {
  const registries = Object.entries(file.fields('registries', file.document.registries));
  const each = <T>(read: (entry: Record<string, unknown>, path: string) => T | undefined) =>
    Object.fromEntries(
      registries.flatMap(([name, value]) => {
        const path = `registries.${name}`;
        const result = read(file.fields(path, value, REGISTRY_KEYS), path);
        return result === undefined ? [] : [[name, result]];
      }),
    );
  const { document } = file;
  const general = file.addresses('registry-mirrors', document['registry-mirrors']);
  const mirrors = each((entry, path) => file.addresses(`${path}.mirrors`, entry.mirrors));
  const insecure = each((entry, path) => file.flag(`${path}.insecure`, entry.insecure));
  const proxies = file.fields('proxies', document.proxies, PROXY_KEYS);
  const proxy = (name: string) => file.text(`proxies.${name}`, proxies[name]);
  const env = {
    ...(proxy('http-proxy') && { http_proxy: proxy('http-proxy') }),
    ...(proxy('https-proxy') && { https_proxy: proxy('https-proxy') }),
    ...(proxy('no-proxy') && { no_proxy: proxy('no-proxy') }),
  };
  return {
    parallel: file.count('max-concurrent-downloads', document['max-concurrent-downloads']),
    parallelUploads: file.count('max-concurrent-uploads', document['max-concurrent-uploads']),
    ...options,
    env: { ...options.env, ...env },
    insecure: [
      ...(options.insecure ?? []),
      ...(file.texts('insecure-registries', document['insecure-registries']) ?? []),
      ...Object.keys(insecure).filter((name) => insecure[name]),
    ],
    mirrors: { ...(general && { [DEFAULT_REGISTRY]: general }), ...mirrors, ...options.mirrors },
    tls: { ...each((entry, path) => tlsOf(file, entry, path)), ...options.tls },
    uploadChunk: {
      ...each((entry, path) => file.size(`${path}.upload-chunk`, entry['upload-chunk'])),
      ...options.uploadChunk,
    },
  };
}

function tlsOf(file: RegistryFile, entry: Record<string, unknown>, path: string): TlsFiles | undefined {
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => file.path(`${path}.${name}`, entry[name]));
  return ca === undefined && cert === undefined && key === undefined ? undefined : { ca, cert, key };
}

/** The settings file, read with a reason for whatever is wrong in it. An unknown key is an error: it may be a typing mistake. */
class RegistryFile {
  readonly document: Record<string, unknown>;
  readonly #path: string;

  constructor(path: string, text: string) {
    this.#path = path;
    this.document = this.fields('', parseJson(text, { code: 'REGISTRIES_FILE', document: path }), KEYS);
  }

  fields(path: string, value: unknown, keys?: readonly string[]): Record<string, unknown> {
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#wrong(path, 'an object');
    const unknown = Object.keys(value).find((key) => keys && !keys.includes(key));
    if (unknown !== undefined) {
      const place = path === '' ? unknown : `${path}.${unknown}`;
      throw this.#error(`${JSON.stringify(place)} is not known`, `known here: ${keys?.join(', ')}`);
    }
    return { ...value };
  }

  text(path: string, value: unknown): string | undefined {
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrong(path, 'a string');
  }

  texts(path: string, value: unknown): string[] | undefined {
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
    throw this.#wrong(path, 'an array of strings');
  }

  /** With a scheme, as Docker wants mirrors to be written. */
  addresses(path: string, value: unknown): string[] | undefined {
    const texts = this.texts(path, value);
    if (texts?.every((text) => /^https?:\/\//.test(text) && URL.canParse(text)) ?? true) return texts;
    throw this.#wrong(path, 'an array of addresses such as "https://mirror.example"');
  }

  flag(path: string, value: unknown): boolean | undefined {
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.#wrong(path, 'true or false');
  }

  count(path: string, value: unknown): number | undefined {
    if (value === undefined || (typeof value === 'number' && Number.isInteger(value) && value > 0)) return value;
    throw this.#wrong(path, 'a whole number above 0');
  }

  size(path: string, value: unknown): number | undefined {
    if (value === undefined) return undefined;
    try {
      const size = parseSize(String(value));
      if (size > 0) return size;
    } catch {
      // told below
    }
    throw this.#wrong(path, 'a size such as "16m"');
  }

  /** Relative ones are beside the file. */
  path(path: string, value: unknown): string | undefined {
    const text = this.text(path, value);
    return text === undefined || isAbsolute(text) ? text : join(dirname(this.#path), text);
  }

  #wrong(path: string, expected: string): KeelsonError {
    return this.#error(path === '' ? `it must be ${expected}` : `${JSON.stringify(path)} must be ${expected}`);
  }

  #error(problem: string, hint?: string): KeelsonError {
    return new KeelsonError('invalid', `${this.#path}: ${problem}`, { code: 'REGISTRIES_FILE', hint });
  }
}

function readIfThere(path: string, isNamed: boolean): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const isMissing =
      cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
    if (isMissing && !isNamed) return undefined;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('invalid', `cannot read ${path}: ${reason}`, { code: 'REGISTRIES_FILE', cause });
  }
}
