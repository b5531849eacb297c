import { Authorizer } from './authorizer.ts';
import { type Connections, isLenient } from './connections.ts';
import { CredentialStore } from './credential-store.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpRequest } from './http-request.ts';
import { isLoopback, type RegistryName } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { discard, send } from './send.ts';

/** Milliseconds. */
export const RETRY_DELAY = 500;

/** What a request is to be allowed to do. */
export interface Access {
  push?: boolean;
  /** Another repository that is read: what it has need not be sent. */
  from?: string | undefined;
}

/** One repository of a registry, reached one way. The caller closes the connections. */
export class RegistrySession {
  readonly name: RegistryName;
  readonly endpoint: Endpoint;
  readonly #connections: Connections;
  readonly #authorizer: Authorizer;
  readonly #retryDelay: number;
  readonly #insecure: readonly string[] | undefined;

  constructor(name: RegistryName, endpoint: Endpoint, from: { connections: Connections; options: RegistryOptions }) {
    const { connections, options } = from;
    this.name = name;
    this.endpoint = endpoint;
    this.#connections = connections;
    this.#insecure = options.insecure;
    this.#retryDelay = options.retryDelay ?? RETRY_DELAY;
    const key = endpoint.isMirror ? endpoint.base.host : name.registry;
    const logins = new CredentialStore(options);
    this.#authorizer = new Authorizer(() => logins.find(key), { connections, retryDelay: this.#retryDelay });
  }

  /**
   * Sends a request for this repository; a 401 is answered once with what its challenge asks for.
   * @param path below `/v2/REPOSITORY/`, or an address that the registry gave
   */
  async request(path: string | URL, wanted: Omit<HttpRequest, 'url'>, access: Access = {}): Promise<HttpAnswer> {
    const url = typeof path === 'string' ? new URL(`v2/${this.name.repository}/${path}`, this.endpoint.base) : path;
    const scopes = [
      `repository:${this.name.repository}:${access.push ? 'pull,push' : 'pull'}`,
      ...(access.from === undefined ? [] : [`repository:${access.from}:pull`]),
    ];
    const options = { connections: this.#connections, retryDelay: this.#retryDelay };
    const isHome = url.origin === this.endpoint.base.origin;
    const attempt = async () => {
      // Not to an address elsewhere that the registry names.
      const authorization = isHome ? await this.#authorizer.header(scopes) : undefined;
      const headers = { ...wanted.headers, ...(authorization && { authorization }) };
      return { answer: await send({ ...wanted, url, headers }, options), authorization };
    };
    const { answer, authorization } = await attempt();
    if (answer.status !== 401 || answer.url.origin !== this.endpoint.base.origin) return answer;
    if (!(await this.#authorizer.satisfy(answer, scopes, authorization))) return this.#unlessUnasked(answer);
    await discard(answer);
    return this.#unlessUnasked((await attempt()).answer);
  }

  /** May content be got from an address that a manifest names? */
  mayVisit(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host, username } = new URL(address);
    if (username !== '') return false;
    if (protocol !== 'http:') return protocol === 'https:';
    // What listens on this machine alone is nobody's business but of a registry that does so, too.
    return isLoopback(host) ? isLoopback(this.endpoint.base.host) : isLenient(host, this.#insecure);
  }

  /** Refused because nobody could be asked for the login: that is what is to be told. */
  async #unlessUnasked(answer: HttpAnswer): Promise<HttpAnswer> {
    const { helperFailure } = this.#authorizer;
    if (!helperFailure || (answer.status !== 401 && answer.status !== 403)) return answer;
    await discard(answer);
    throw helperFailure;
  }
}
