import { Authorizer } from './authorizer.ts';
import { defaultConfigFile, findCredentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { RegistryName } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { discard, type HttpAnswer, type HttpRequest, send } from './send.ts';

/** Milliseconds. */
export const RETRY_DELAY = 500;

/** One repository of a registry, reached one way. */
export class RegistrySession implements AsyncDisposable {
  readonly name: RegistryName;
  readonly #endpoint: Endpoint;
  readonly #authorizer: Authorizer;
  readonly #retryDelay: number;

  constructor(name: RegistryName, endpoint: Endpoint, options: RegistryOptions) {
    const { env = {}, configFile = defaultConfigFile(env), retryDelay = RETRY_DELAY } = options;
    this.name = name;
    this.#endpoint = endpoint;
    this.#retryDelay = retryDelay;
    const key = endpoint.isMirror ? endpoint.base.host : name.registry;
    const { dispatcher } = endpoint;
    this.#authorizer = new Authorizer(() => findCredentials(key, configFile, options.runHelper), {
      dispatcher,
      retryDelay,
    });
  }

  /**
   * Sends a request for this repository; a 401 is answered once with what its challenge asks for.
   * @param path below `/v2/REPOSITORY/`, or an address that the registry gave
   */
  async request(
    path: string | URL,
    wanted: Omit<HttpRequest, 'url'>,
    actions: 'pull' | 'pull,push' = 'pull',
  ): Promise<HttpAnswer> {
    const url = typeof path === 'string' ? new URL(`v2/${this.name.repository}/${path}`, this.#endpoint.base) : path;
    const scope = `repository:${this.name.repository}:${actions}`;
    const options = { dispatcher: this.#endpoint.dispatcher, retryDelay: this.#retryDelay };
    const attempt = () => {
      // Not to an address elsewhere that the registry names.
      const authorization = url.origin === this.#endpoint.base.origin ? this.#authorizer.header(scope) : undefined;
      return send({ ...wanted, url, headers: { ...wanted.headers, ...(authorization && { authorization }) } }, options);
    };
    const answer = await attempt();
    if (answer.status !== 401 || answer.url.origin !== this.#endpoint.base.origin) return answer;
    if (!(await this.#authorizer.satisfy(answer, scope))) return answer;
    await discard(answer);
    return attempt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint.dispatcher.destroy();
  }
}
