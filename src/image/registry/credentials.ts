import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { parseJson } from '../../spec/index.ts';
import { DEFAULT_REGISTRY } from './registry-name.ts';
import type { RunHelper } from './registry-options.ts';

/** A login. With `identityToken` the password is empty: the token is traded for others. */
export interface Credentials {
  username: string;
  password: string;
  identityToken?: string | undefined;
}

/** What Docker calls its own registry in its files. */
const DOCKER_KEY = 'https://index.docker.io/v1/';

/** `$DOCKER_CONFIG/config.json`, `~/.docker/config.json`. */
export function defaultConfigFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
}

/**
 * The login for a registry: of the helper that Docker's configuration names for it, of the general store, or in the file.
 * @throws KeelsonError `DOCKER_CONFIG`, `CREDENTIAL_HELPER`
 */
export async function findCredentials(
  registry: string,
  configFile: string,
  run?: RunHelper,
): Promise<Credentials | undefined> {
  const config = readConfig(configFile);
  const key = registry === DEFAULT_REGISTRY ? DOCKER_KEY : registry;
  const helper = text(record(config.credHelpers)[registry]) ?? text(config.credsStore);
  if (helper && !run) throw helperFailed(helper, 'this program does not start helpers');
  if (helper && run) return askHelper(helper, key, run);
  const entries = Object.entries(record(config.auths));
  const found = entries.find(([name]) => name === key) ?? entries.find(([name]) => hostOf(name) === hostOf(key));
  return found && decode(record(found[1]));
}

function readConfig(path: string): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return {}; // no login anywhere
  }
  return record(parseJson(content, { code: 'DOCKER_CONFIG', document: path }));
}

/** Older files have whole addresses as keys. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function decode(entry: Record<string, unknown>): Credentials | undefined {
  const [username, ...password] = Buffer.from(text(entry.auth) ?? '', 'base64')
    .toString()
    .split(':');
  const identityToken = text(entry.identitytoken);
  const plain = {
    username: text(entry.username) ?? username ?? '',
    password: text(entry.password) ?? password.join(':'),
  };
  return plain.username === '' && !identityToken ? undefined : { ...plain, identityToken };
}

/** The protocol of docker-credential-helpers: the key on stdin, JSON on stdout. */
async function askHelper(helper: string, key: string, run: RunHelper): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper)) throw helperFailed(helper, 'its name is no file name');
  const output = await run(`docker-credential-${helper}`, key).catch((cause: unknown) => {
    throw helperFailed(helper, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (/credentials not found/.test(output)) return undefined;
  const answer = record(parseJson(output, { code: 'CREDENTIAL_HELPER', document: `the answer of ${helper}` }));
  const [username = '', secret = ''] = [text(answer.Username), text(answer.Secret)];
  // The protocol marks a token so.
  return username === '<token>' ? { username, password: '', identityToken: secret } : { username, password: secret };
}

function helperFailed(helper: string, problem: string, cause?: unknown): KeelsonError {
  return new KeelsonError('unavailable', `the credential helper docker-credential-${helper} failed: ${problem}`, {
    code: 'CREDENTIAL_HELPER',
    hint: 'check credHelpers and credsStore in ~/.docker/config.json',
    cause,
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
