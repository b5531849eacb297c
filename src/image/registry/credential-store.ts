import { KeelsonError } from '../../base/index.ts';
import type { KeptLogin } from '../../spec/index.ts';
import { CredentialProgram } from './credential-program.ts';
import type { Credentials } from './credentials.ts';
import {
  changeDockerConfig,
  defaultConfigFile,
  type Fields,
  fieldsOf,
  readDockerConfig,
  textOf,
} from './docker-config.ts';
import { DEFAULT_REGISTRY } from './registry-name.ts';
import type { RegistryOptions, RunHelper } from './registry-options.ts';

/** What Docker calls its own registry in its files. */
const DOCKER_KEY = 'https://index.docker.io/v1/';

/**
 * The logins of Docker's configuration: of the helper that it names for a registry, of the general one, or in the file itself.
 * Every method throws `DOCKER_CONFIG` and `CREDENTIAL_HELPER`.
 */
export class CredentialStore {
  readonly #path: string;
  readonly #run: RunHelper | undefined;

  constructor({ configFile, env = {}, runHelper }: RegistryOptions) {
    this.#path = configFile ?? defaultConfigFile(env);
    this.#run = runHelper;
  }

  async find(registry: string): Promise<Credentials | undefined> {
    const config = readDockerConfig(this.#path);
    const helper = this.#helper(config, registry);
    if (helper) return helper.get(keyOf(registry));
    const entries = Object.entries(fieldsOf(config.auths));
    const entry =
      entries.find(([name]) => name === keyOf(registry)) ?? entries.find(([name]) => isSame(name, registry));
    return entry && decode(fieldsOf(entry[1]));
  }

  async keep(registry: string, credentials: Credentials): Promise<KeptLogin> {
    const helper = this.#helper(readDockerConfig(this.#path), registry);
    await helper?.store(keyOf(registry), credentials);
    // An entry without a secret tells others that the helper has one.
    const entry = helper ? {} : encode(credentials);
    await changeDockerConfig(this.#path, (config) => ({
      ...config,
      auths: { ...fieldsOf(config.auths), [keyOf(registry)]: entry },
    }));
    return helper ? { kind: 'helper', name: helper.name } : { kind: 'file', name: this.#path };
  }

  /** @returns false when there was none */
  async forget(registry: string): Promise<boolean> {
    const config = readDockerConfig(this.#path);
    const erased = (await this.#helper(config, registry)?.erase(keyOf(registry))) ?? false;
    const names = Object.keys(fieldsOf(config.auths)).filter((name) => isSame(name, registry));
    if (names.length === 0) return erased;
    await changeDockerConfig(this.#path, (current) => {
      const rest = Object.entries(fieldsOf(current.auths)).filter(([name]) => !names.includes(name));
      return { ...current, auths: Object.fromEntries(rest) };
    });
    return true;
  }

  /** An empty name for a registry means the file, also where there is a general helper. */
  #helper(config: Fields, registry: string): CredentialProgram | undefined {
    const helpers = fieldsOf(config.credHelpers);
    const own = [keyOf(registry), registry].find((name) => Object.hasOwn(helpers, name));
    const name = textOf(own === undefined ? config.credsStore : helpers[own]);
    if (name === undefined) return undefined;
    if (this.#run) return new CredentialProgram(name, this.#run);
    throw new KeelsonError('unavailable', `the credential helper docker-credential-${name} cannot be asked here`, {
      code: 'CREDENTIAL_HELPER',
    });
  }
}

function keyOf(registry: string): string {
  return registry === DEFAULT_REGISTRY ? DOCKER_KEY : registry;
}

/** Older files have whole addresses as keys. */
function isSame(name: string, registry: string): boolean {
  return hostOf(name) === hostOf(keyOf(registry));
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function decode(entry: Fields): Credentials | undefined {
  const [username, ...password] = Buffer.from(textOf(entry.auth) ?? '', 'base64')
    .toString()
    .split(':');
  const identityToken = textOf(entry.identitytoken);
  const plain = {
    username: textOf(entry.username) ?? username ?? '',
    password: textOf(entry.password) ?? password.join(':'),
  };
  return plain.username === '' && !identityToken ? undefined : { ...plain, identityToken };
}

function encode({ username, password, identityToken }: Credentials): Fields {
  const auth = Buffer.from(`${username}:${identityToken ? '' : password}`).toString('base64');
  return { auth, ...(identityToken && { identitytoken: identityToken }) };
}
