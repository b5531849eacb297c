import { KeelsonError } from '../../base/index.ts';
import type { Credentials } from './credentials.ts';
import { fieldsOf, textOf } from './docker-config.ts';
import type { RunHelper } from './registry-options.ts';

/** The protocol marks a token so. */
const TOKEN_USER = '<token>';
const LONGEST_REASON = 200;

/**
 * A program that keeps logins (docker-credential-helpers): the action is its argument, and what may be secret goes through its
 * standard streams alone.
 */
export class CredentialProgram {
  readonly name: string;
  readonly #run: RunHelper;

  /** @throws KeelsonError `CREDENTIAL_HELPER` */
  constructor(name: string, run: RunHelper) {
    this.name = `docker-credential-${name}`;
    if (!/^[\w.-]+$/.test(name)) throw this.#failed('its name is no file name');
    this.#run = run;
  }

  async get(key: string): Promise<Credentials | undefined> {
    const output = await this.#do('get', key);
    if (output === undefined) return undefined;
    let document: unknown;
    try {
      document = JSON.parse(output);
    } catch {
      throw this.#failed('its answer is no JSON'); // and not what it is: it may hold a secret
    }
    const answer = fieldsOf(document);
    const [username = '', secret = ''] = [textOf(answer.Username), textOf(answer.Secret)];
    if (secret === '') return undefined;
    return username === TOKEN_USER ? { username, password: '', identityToken: secret } : { username, password: secret };
  }

  async store(key: string, { username, password, identityToken }: Credentials): Promise<void> {
    const login = identityToken
      ? { Username: TOKEN_USER, Secret: identityToken }
      : { Username: username, Secret: password };
    await this.#do('store', JSON.stringify({ ServerURL: key, ...login }));
  }

  /** @returns false when there was none */
  async erase(key: string): Promise<boolean> {
    return (await this.#do('erase', key)) !== undefined;
  }

  /** Undefined: it has no such login. */
  async #do(action: string, input: string): Promise<string | undefined> {
    const { status, output } = await this.#run(this.name, action, input).catch((cause: unknown) => {
      throw this.#failed(cause instanceof Error ? cause.message : String(cause), cause);
    });
    if (/credentials not found/i.test(output)) return undefined;
    if (status === 0) return output;
    // What `get` prints may be a secret even when it fails.
    const reason = action === 'get' ? '' : `: ${output.trim().split('\n')[0]?.slice(0, LONGEST_REASON)}`;
    throw this.#failed(`${action} ends with ${status}${reason}`);
  }

  #failed(problem: string, cause?: unknown): KeelsonError {
    return new KeelsonError('unavailable', `the credential helper ${this.name} failed: ${problem}`, {
      code: 'CREDENTIAL_HELPER',
      hint: 'check credHelpers and credsStore in the config.json of Docker',
      cause,
    });
  }
}
