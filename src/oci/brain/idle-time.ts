import { readFileSync } from 'node:fs';
import { parseDuration } from '../../base/index.ts';

/** How long a brain stays after the last command, unless somebody says otherwise. */
const DEFAULT = '60s';
const SETTINGS = '/etc/keelson/runtime.json';
/** The longest that a timer takes. */
const LONGEST = 2 ** 31 - 1;

/**
 * Milliseconds that a brain waits for more work: KEELSON_RUNTIME_IDLE, or `idle` of the settings file, as `90s`, `5m` or
 * `0` for not at all. What cannot be read counts as `0`: no container shall fail for it, and nobody stays who was
 * perhaps told not to.
 */
export function idleTime(env: Readonly<Record<string, string | undefined>>, settings = SETTINGS): number {
  try {
    return Math.min(parseDuration(env.KEELSON_RUNTIME_IDLE || idleOf(settings) || DEFAULT), LONGEST);
  } catch {
    return 0;
  }
}

function idleOf(path: string): string | undefined {
  const text = textOf(path);
  const settings: unknown = text === undefined ? undefined : JSON.parse(text);
  if (typeof settings !== 'object' || settings === null || !('idle' in settings)) return undefined;
  return String(settings.idle);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
