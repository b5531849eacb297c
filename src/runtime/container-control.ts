import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../base/error.ts';
import { decodeExitEvent, EXIT_EVENT_SIZE, type ExitEvent } from '../kernel/index.ts';
import * as kernel from '../kernel/index.ts';

/** How a container under a monitor ended; undefined while it runs. `folder` as in MonitorPlan. */
export function readExit(folder: string): ExitEvent | undefined {
  try {
    const bytes = readFileSync(join(folder, 'exit'));
    return bytes.length < EXIT_EVENT_SIZE ? undefined : decodeExitEvent(bytes);
  } catch {
    return undefined;
  }
}

const NUMBERS: Readonly<Record<string, unknown>> = { ...kernel };

/**
 * `TERM`, `SIGTERM`, `15` and 15 are all 15; `RTMIN+1` is 35 as in the C library.
 * @throws KeelsonError invalid `SIGNAL_UNKNOWN`
 */
export function signalNumber(signal: string | number): number {
  const text = String(signal).toUpperCase();
  const realTime = /^(?:SIG)?RTMIN(?:\+(\d+))?$/.exec(text);
  const named = NUMBERS[text.startsWith('SIG') ? text : `SIG${text}`];
  const number = /^\d+$/.test(text) ? Number(text) : realTime ? 34 + Number(realTime[1] ?? 0) : named;
  if (typeof number === 'number' && number > 0 && number <= 64) return number;
  throw new KeelsonError('invalid', `unknown signal '${signal}'`, { code: 'SIGNAL_UNKNOWN', hint: '`kill -l` lists them' });
}

