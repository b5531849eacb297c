import { invalid } from '../../base/index.ts';
import type { KeptLogin, LoginRequest } from '../../spec/index.ts';
import { parseChallenges } from './challenge.ts';
import { Connections } from './connections.ts';
import { CredentialStore } from './credential-store.ts';
import type { Credentials } from './credentials.ts';
import type { HttpAnswer } from './http-answer.ts';
import { statusError } from './registry-error.ts';
import { DEFAULT_REGISTRY } from './registry-name.ts';
import type { RegistryOptions } from './registry-options.ts';
import { RETRY_DELAY } from './registry-session.ts';
import { readBody, type SendOptions, send } from './send.ts';
import { basic, fetchToken } from './token.ts';
import { withRegistry } from './with-registry.ts';

const LARGEST_EXPLANATION = 64 << 10;

/**
 * Tries a login, and keeps it where Docker's configuration says.
 * @returns undefined when none was given and none is kept
 * @throws KeelsonError `REGISTRY_*`, `DOCKER_CONFIG`, `CREDENTIAL_HELPER`
 */
export async function logIn(request: LoginRequest, options: RegistryOptions): Promise<KeptLogin | undefined> {
  const registry = serverName(request.server ?? DEFAULT_REGISTRY);
  const logins = new CredentialStore(options);
  const { username, password } = request;
  const isGiven = username !== undefined && password !== undefined;
  const credentials = isGiven ? { username, password } : await logins.find(registry);
  if (!credentials) return undefined;
  await using connections = new Connections(options);
  const sending = { connections, retryDelay: options.retryDelay ?? RETRY_DELAY };
  const identityToken = await withRegistry(
    { registry, repository: '' },
    {
      options,
      connections,
      withMirrors: false,
      first: ({ endpoint }) =>
        send({ method: 'GET', url: new URL('v2/', endpoint.base), signal: request.signal }, sending),
      rest: (_session, answer) => verify(answer, { registry, credentials, sending, signal: request.signal }),
    },
  );
  return await logins.keep(registry, { ...credentials, ...(identityToken && { password: '', identityToken }) });
}

/** Forgets a login. @returns false when there was none */
export async function logOut(server: string | undefined, options: RegistryOptions): Promise<boolean> {
  return new CredentialStore(options).forget(serverName(server ?? DEFAULT_REGISTRY));
}

/**
 * The registry of a server as people write it: with a scheme, with a path, Docker's by any of its names.
 * @throws KeelsonError `REGISTRY_NAME`
 */
function serverName(text: string): string {
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (/^(index\.|registry-1\.)?docker\.io$/.test(host)) return DEFAULT_REGISTRY;
  if (/^(\[[0-9a-f:]+\]|[a-z0-9_.-]+)(:\d+)?$/i.test(host)) return host;
  throw invalid(
    'REGISTRY_NAME',
    `${JSON.stringify(text.slice(0, 80))} is no registry`,
    'such as registry.example:5000',
  );
}

interface Verification {
  registry: string;
  credentials: Credentials;
  sending: SendOptions;
  signal: AbortSignal | undefined;
}

/** What the registry gives in exchange for the password, if it gives something. */
async function verify(answer: HttpAnswer, login: Verification): Promise<string | undefined> {
  const { registry, credentials, sending, signal } = login;
  const refusal = (text: string) => statusError(answer.status, `cannot log in to ${registry}`, text);
  const explanation = (await readBody(answer, LARGEST_EXPLANATION)).toString();
  if (answer.status === 200) return undefined; // it wants none
  if (answer.status !== 401) throw refusal(explanation);
  const challenges = parseChallenges(answer.header('www-authenticate') ?? '');
  const challenge = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm);
  if (!challenge && !challenges.some(({ scheme }) => scheme === 'basic')) throw refusal(explanation);
  const token = challenge
    ? await fetchToken({ challenge, from: answer.url, scopes: [], credentials, offline: true }, sending)
    : undefined;
  const authorization = token ? `Bearer ${token.value}` : basic(credentials);
  const second = await send({ method: 'GET', url: answer.url, headers: { authorization }, signal }, sending);
  const text = (await readBody(second, LARGEST_EXPLANATION)).toString();
  if (second.status !== 200) throw statusError(second.status, `cannot log in to ${registry}`, text);
  return token?.refreshToken;
}
