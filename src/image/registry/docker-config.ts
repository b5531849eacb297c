import { randomBytes } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { chown, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { diskError } from '../disk-error.ts';

export type Fields = Record<string, unknown>;

/** `$DOCKER_CONFIG/config.json`, `~/.docker/config.json`. */
export function defaultConfigFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
}

/** @throws KeelsonError `DOCKER_CONFIG` */
export function readDockerConfig(path: string): Fields {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return {}; // no login anywhere
  }
  if (content.trim() === '') return {};
  try {
    const document: unknown = JSON.parse(content);
    if (isFields(document)) return document;
  } catch {
    // told below, without the parser's words: they may quote a secret
  }
  throw new KeelsonError('invalid', `${path} is not a JSON object`, {
    code: 'DOCKER_CONFIG',
    hint: 'repair it, or move it away and log in again',
  });
}

/**
 * Writes Docker's configuration whole or not at all, readable by its owner alone, through a link if it is one. What others keep in
 * it stays.
 */
export async function changeDockerConfig(path: string, change: (config: Fields) => Fields): Promise<void> {
  const target = linkTarget(path);
  const config = change(readDockerConfig(target));
  const draft = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const former = await stat(target).catch(() => undefined);
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(config, undefined, '\t')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // Root may log in with the home of somebody else, who would then not be able to read it.
    if (former && former.uid !== process.geteuid?.()) await chown(draft, former.uid, former.gid);
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { force: true });
    throw diskError('write', path, cause);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no object is an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** Undefined for what is no text or empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function linkTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there yet
  }
}
