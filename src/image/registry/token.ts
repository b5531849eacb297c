import { KeelsonError } from '../../base/index.ts';
import { parseJson } from '../../spec/index.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import type { HttpAnswer } from './http-answer.ts';
import { statusError } from './registry-error.ts';
import { readBody, type SendOptions, send } from './send.ts';

const LARGEST_TOKEN = 1 << 20;
const CLIENT = 'keelson';
/** Seconds that a token is good for when its server does not say (docs: distribution, "Token Authentication"). */
const DEFAULT_LIFE = 60;

export interface Token {
  value: string;
  /** Milliseconds since 1970. */
  expires: number;
  /** Trades for further tokens, without a password. */
  refreshToken?: string | undefined;
}

export interface TokenRequest {
  /** A bearer challenge. */
  challenge: Challenge;
  /** Who asked for it. */
  from: URL;
  scopes: readonly string[];
  credentials: Credentials | undefined;
  /** Ask for a refresh token, too: a login. */
  offline?: boolean;
}

/**
 * The token protocol of distribution: GET with a login, or POST with a refresh token (OAuth 2).
 * @throws KeelsonError `REGISTRY_REALM`, `REGISTRY_TOKEN`, `REGISTRY_*` of the server's answer
 */
export async function fetchToken(request: TokenRequest, options: SendOptions): Promise<Token> {
  const { challenge, from, credentials } = request;
  const url = realmOf(challenge.parameters.realm ?? '', from);
  const answer = await (credentials?.identityToken ? refresh(url, request, options) : ask(url, request, options));
  const text = (await readBody(answer, LARGEST_TOKEN)).toString();
  if (answer.status !== 200) throw statusError(answer.status, `cannot get a token from ${url.host}`, text);
  return readToken(text, url.host);
}

function refresh(
  url: URL,
  { challenge, scopes, credentials }: TokenRequest,
  options: SendOptions,
): Promise<HttpAnswer> {
  const form = {
    grant_type: 'refresh_token',
    client_id: CLIENT,
    service: challenge.parameters.service ?? '',
    scope: scopes.join(' '),
    refresh_token: credentials?.identityToken ?? '',
  };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send({ method: 'POST', url, headers, body: () => new URLSearchParams(form).toString() }, options);
}

function ask(
  url: URL,
  { challenge, scopes, credentials, offline }: TokenRequest,
  options: SendOptions,
): Promise<HttpAnswer> {
  const { service } = challenge.parameters;
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (offline) {
    url.searchParams.set('offline_token', 'true');
    url.searchParams.set('client_id', CLIENT);
  }
  if (credentials) url.searchParams.set('account', credentials.username);
  const headers = credentials ? { authorization: basic(credentials) } : {};
  return send({ method: 'GET', url, headers }, options);
}

/** The header of basic authentication. */
export function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A registry that was reached with protection must not have a login sent without. */
function realmOf(realm: string, from: URL): URL {
  const url = URL.canParse(realm, from.href) ? new URL(realm, from) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && from.protocol === 'http:')) return url;
  throw new KeelsonError('denied', `${from.host} wants a login to be sent to ${realm.slice(0, 100)}`, {
    code: 'REGISTRY_REALM',
    hint: 'only an address with https: is safe for it',
  });
}

function readToken(text: string, host: string): Token {
  const answer = parseJson(text, { code: 'REGISTRY_TOKEN', document: `the token of ${host}` });
  const fields = new Map(Object.entries(typeof answer === 'object' && answer !== null ? answer : {}));
  const [value] = [fields.get('token'), fields.get('access_token')].filter(isHeaderText);
  if (value === undefined) {
    throw new KeelsonError('unavailable', `${host} gives no token`, { code: 'REGISTRY_TOKEN' });
  }
  const life = Number(fields.get('expires_in')) || DEFAULT_LIFE;
  const refreshToken = fields.get('refresh_token');
  return {
    value,
    expires: Date.now() + life * 1000,
    refreshToken: isHeaderText(refreshToken) ? refreshToken : undefined,
  };
}

/** A line break in it would make headers of its own. */
function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
