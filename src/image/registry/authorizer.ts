import { isKeelsonError, type KeelsonError } from '../../base/index.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { SendOptions } from './send.ts';
import { basic, fetchToken, type Token } from './token.ts';

/** Milliseconds. A token that ends so soon might end on its way. */
const MARGIN = 5_000;

/**
 * The `Authorization` header for one registry: none until it asks, then what its challenge asks for. Tokens are kept by
 * scope, and replaced when they end or are refused.
 */
export class Authorizer {
  readonly #credentials: () => Promise<Credentials | undefined>;
  readonly #options: SendOptions;
  readonly #tokens = new Map<string, Promise<Token>>();
  #bearer: { challenge: Challenge; from: URL } | undefined;
  #basic: string | undefined;
  /** Why the login could not be looked up. Many registries need none, so it counts only when we are refused. */
  helperFailure: KeelsonError | undefined;

  /** @param credentials asked only when the registry wants to know who we are */
  constructor(credentials: () => Promise<Credentials | undefined>, options: SendOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  /** Nothing before the registry has asked. */
  async header(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#basic !== undefined) return this.#basic;
    if (!this.#bearer) return undefined;
    return bearer(await this.#token(scopes));
  }

  /**
   * Answers a 401.
   * @param used the header that was refused
   * @returns false when there is nothing that could be tried
   */
  async satisfy(refused: HttpAnswer, scopes: readonly string[], used: string | undefined): Promise<boolean> {
    const challenges = parseChallenges(refused.header('www-authenticate') ?? '');
    const challenge = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
    if (challenge) {
      this.#bearer = { challenge, from: refused.url };
      const known = await this.#tokens.get(keyOf(scopes))?.catch(() => undefined);
      // Of several requests that were refused at once the first has got a new one for all.
      if (!known || bearer(known) === used) this.#tokens.delete(keyOf(scopes));
      await this.#token(scopes);
      return true;
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic') || this.#basic !== undefined) return false;
    const credentials = await this.#login();
    if (!credentials) return false;
    this.#basic = basic(credentials);
    return true;
  }

  /** One request for all who want it. */
  async #token(scopes: readonly string[]): Promise<Token> {
    const key = keyOf(scopes);
    const running = this.#tokens.get(key);
    const token = await running;
    if (token && token.expires - MARGIN > Date.now()) return token;
    if (this.#tokens.get(key) === running) {
      const fresh = this.#fetch(scopes);
      fresh.catch(() => this.#tokens.delete(key));
      this.#tokens.set(key, fresh);
    }
    return (await this.#tokens.get(key)) ?? this.#fetch(scopes);
  }

  async #fetch(scopes: readonly string[]): Promise<Token> {
    if (!this.#bearer) throw new Error('no challenge to answer');
    const { challenge, from } = this.#bearer;
    // Some know a repository by another name than the one in its address, and say so.
    const ours = new Set(scopes.map(resourceOf));
    const theirs = (challenge.parameters.scope ?? '')
      .split(' ')
      .filter((scope) => scope && !ours.has(resourceOf(scope)));
    const all = [...scopes, ...theirs];
    return fetchToken({ challenge, from, scopes: all, credentials: await this.#login() }, this.#options);
  }

  async #login(): Promise<Credentials | undefined> {
    try {
      return await this.#credentials();
    } catch (error) {
      if (!isKeelsonError(error) || error.code !== 'CREDENTIAL_HELPER') throw error;
      this.helperFailure = error;
      return undefined;
    }
  }
}

function bearer({ value }: Token): string {
  return `Bearer ${value}`;
}

function keyOf(scopes: readonly string[]): string {
  return scopes.join(' ');
}

/** `repository:team/app` of `repository:team/app:pull`. */
function resourceOf(scope: string): string {
  return scope.slice(0, scope.lastIndexOf(':'));
}
