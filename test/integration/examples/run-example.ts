import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/example', import.meta.url));

export interface ExampleResult {
  status: number | null;
  output: string;
  errors: string;
  /** Entries of its temporary folder, and the mounts below it. */
  leftBehind: string[];
}

/**
 * Runs an example as `npm run example` does, without a terminal. Every process that it starts holds its output open,
 * so that this resolves tells that none of them is left; one that stays fails the test after 30 s.
 */
export async function runExample(...args: string[]): Promise<ExampleResult> {
  const folder = mkdtempSync(join(tmpdir(), 'keelson-examples-test-'));
  try {
    const child = spawn(SCRIPT, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: folder },
    });
    const closed = once(child, 'close', { signal: AbortSignal.timeout(30_000) });
    const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return {
      status,
      output,
      errors,
      leftBehind: [...readdirSync(folder), ...mounts.filter((m) => m.includes(folder))],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
