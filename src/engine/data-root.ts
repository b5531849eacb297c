import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where images and containers are kept: KEELSON_ROOT, /var/lib/keelson for root, else below the user's data folder. */
export function defaultDataRoot(env: Readonly<Record<string, string | undefined>>): string {
  if (env.KEELSON_ROOT) return env.KEELSON_ROOT;
  if (process.getuid?.() === 0) return '/var/lib/keelson';
  return join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'keelson');
}
