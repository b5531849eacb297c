import { KeelsonError } from '../../base/index.ts';
import { parseJson } from '../../spec/index.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { statusError } from './registry-error.ts';
import { type HttpAnswer, readBody, type SendOptions, send } from './send.ts';

const LARGEST_TOKEN = 1 << 20;

/**
 * The `Authorization` header for one registry: none until it asks, then what its challenge asks for. Tokens are kept by
 * scope and replaced when they are refused.
 */
export class Authorizer {
  readonly #credentials: () => Promise<Credentials | undefined>;
  readonly #options: SendOptions;
  readonly #headers = new Map<string, string>();

  /** @param credentials asked only when the registry wants to know who we are */
  constructor(credentials: () => Promise<Credentials | undefined>, options: SendOptions) {
    this.#credentials = credentials;
    this.#options = options;
  }

  /** What is known so far. */
  header(scope: string): string | undefined {
    return this.#headers.get(scope);
  }

  /**
   * Answers a 401.
   * @returns false when there is nothing that could be tried
   */
  async satisfy(refused: HttpAnswer, scope: string): Promise<boolean> {
    const challenges = parseChallenges(refused.header('www-authenticate') ?? '');
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
    const credentials = await this.#credentials();
    if (bearer) {
      this.#headers.set(scope, `Bearer ${await this.#token(bearer, { scope, credentials, from: refused.url })}`);
      return true;
    }
    if (!credentials || !challenges.some(({ scheme }) => scheme === 'basic')) return false;
    this.#headers.set(scope, basic(credentials));
    return true;
  }

  /** The token protocol of distribution: GET with a login, or POST with a refresh token (OAuth 2). */
  async #token(
    { parameters }: Challenge,
    { scope, credentials, from }: { scope: string; credentials: Credentials | undefined; from: URL },
  ): Promise<string> {
    const url = realmOf(parameters.realm ?? '', from);
    const service = parameters.service ?? '';
    const identity = credentials?.identityToken;
    let answer: HttpAnswer;
    if (identity) {
      const form = { grant_type: 'refresh_token', client_id: 'keelson', service, scope, refresh_token: identity };
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = () => new URLSearchParams(form).toString();
      answer = await send({ method: 'POST', url, headers, body }, this.#options);
    } else {
      if (service) url.searchParams.set('service', service);
      url.searchParams.set('scope', scope);
      const headers = credentials ? { authorization: basic(credentials) } : {};
      answer = await send({ method: 'GET', url, headers }, this.#options);
    }
    const text = (await readBody(answer, LARGEST_TOKEN)).toString();
    if (answer.status !== 200) throw statusError(answer.status, `cannot get a token from ${url.host}`, text);
    return tokenIn(text, url.host);
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A registry that was reached with protection must not have a login sent without. */
function realmOf(realm: string, from: URL): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:')) return url;
  throw new KeelsonError('denied', `${from.host} wants a login to be sent to ${realm.slice(0, 100)}`, {
    code: 'REGISTRY_REALM',
    hint: 'only an address with https: is safe for it',
  });
}

function tokenIn(text: string, host: string): string {
  const answer = parseJson(text, { code: 'REGISTRY_TOKEN', document: `the token of ${host}` });
  if (typeof answer === 'object' && answer !== null) {
    const token = 'token' in answer ? answer.token : 'access_token' in answer ? answer.access_token : undefined;
    if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  }
  throw new KeelsonError('unavailable', `${host} gives no token`, { code: 'REGISTRY_TOKEN' });
}
