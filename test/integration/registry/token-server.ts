import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificates.ts';
import { TestServer } from './front.ts';

const SERVICE = 'test-service';
const ISSUER = 'test-issuer';

/** What the server was asked for. */
export interface TokenQuery {
  method: string;
  scopes: string[];
  account: string | undefined;
  offline: boolean;
}

/** Gives tokens that docker-registry takes: the protocol of distribution's "Token Authentication". */
export class TokenServer implements AsyncDisposable {
  readonly asked: TokenQuery[] = [];
  /** Seconds. */
  life = 300;
  /** What a login may do; without one, pull alone. */
  password = 'secret';
  refreshToken: string | undefined;
  readonly #certificate: Certificate;
  #server: TestServer | undefined;

  private constructor(certificate: Certificate) {
    this.#certificate = certificate;
  }

  static async start(certificate: Certificate): Promise<TokenServer> {
    const server = new TokenServer(certificate);
    server.#server = await TestServer.start((request, response) => void server.#answer(request, response));
    return server;
  }

  /** For docker-registry's configuration. */
  get setting() {
    const realm = `http://${this.#server?.host}/token`;
    return { realm, service: SERVICE, issuer: ISSUER, bundle: this.#certificate.cert };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://here');
    const form = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams;
    const scopes = form
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .filter((scope) => scope !== '');
    const account = url.searchParams.get('account') ?? undefined;
    this.asked.push({ method: request.method ?? '', scopes, account, offline: form.get('offline_token') === 'true' });
    const login = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
    const refresh = form.get('refresh_token');
    const isKnown = refresh === null ? login === `tester:${this.password}` : refresh === this.refreshToken;
    if ((login !== '' || refresh !== null) && !isKnown) {
      response.writeHead(401).end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'who are you?' }] }));
      return;
    }
    const offline = form.get('offline_token') === 'true' && this.refreshToken !== undefined;
    const token = this.#token(scopes, isKnown);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        ...(refresh === null ? { token } : { access_token: token }),
        expires_in: this.life,
        ...(offline && { refresh_token: this.refreshToken }),
      }),
    );
  }

  #token(scopes: readonly string[], mayPush: boolean): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',').filter((action) => mayPush || action === 'pull') };
    });
    const chain = new X509Certificate(readFileSync(this.#certificate.cert)).raw.toString('base64');
    const body = [
      { typ: 'JWT', alg: 'ES256', x5c: [chain] },
      { iss: ISSUER, sub: '', aud: SERVICE, exp: now + this.life, nbf: now - 5, iat: now, jti: randomUUID(), access },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const key = createPrivateKey(readFileSync(this.#certificate.key));
    const signature = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' });
    return `${body}.${signature.toString('base64url')}`;
  }
}
