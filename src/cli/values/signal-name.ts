import { constants } from 'node:os';
import { invalid } from '../../base/index.ts';

/** Real-time signals as the kernel counts them; glibc keeps the first two for itself, so its SIGRTMIN is 34. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** `SIGTERM`, `term` or `15`; given back as `SIGTERM` or `15`. */
export function signalName(text: string): string {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number >= 1 && number <= SIGRTMAX) return String(number);
  }
  const name = `SIG${text.toUpperCase().replace(/^SIG/, '')}`;
  if (Object.hasOwn(constants.signals, name)) return name;
  const realTime = /^SIGRT(?:MIN(?:\+(\d+))?|MAX(?:-(\d+))?)$/.exec(name);
  if (realTime !== null) {
    const number = name.startsWith('SIGRTMIN')
      ? SIGRTMIN + Number(realTime[1] ?? 0)
      : SIGRTMAX - Number(realTime[2] ?? 0);
    if (number >= SIGRTMIN && number <= SIGRTMAX) return String(number);
  }
  throw invalid('SIGNAL_INVALID', 'expected a signal such as SIGTERM, TERM or 15');
}
