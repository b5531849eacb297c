import { isatty } from 'node:tty';
import type { StdioEnd, StdioPlan } from '../runtime/index.ts';
import type { StdioConfig } from '../spec/index.ts';

/** Who holds the ends of the process's streams: nobody, this program, or the agent. */
export function stdioPlan(
  stdio: StdioConfig,
  how: { detach: boolean; tty: boolean; log: string | undefined },
): StdioPlan {
  const end = (kind: StdioConfig['stdin']): StdioEnd =>
    how.detach || kind === 'ignore' ? 'none' : kind === 'pipe' ? 'stream' : 'agent';
  const terminal = how.tty ? { terminal: { columns: stdio.columns ?? 80, rows: stdio.rows ?? 24 } } : {};
  const log = how.log === undefined ? {} : { log: how.log };
  const plan = { stdin: end(stdio.stdin), stdout: end(stdio.stdout), stderr: end(stdio.stderr) };
  const outputs = [
    [plan.stdout, 1],
    [plan.stderr, 2],
  ] as const;
  const ownTerminals = outputs.filter(([kind, fd]) => kind === 'agent' && isatty(fd)).map(([, fd]) => fd);
  return { ...plan, ...terminal, ...log, ownTerminals };
}
