import { CAPABILITY_NAMES, type Process } from '../spec/index.ts';
import type { CommandCall } from './command.ts';

const KNOWN: ReadonlySet<string> = new Set(CAPABILITY_NAMES);

/** Tells of capabilities that nobody knows and the process will not have: in the words of runc, in one line. */
export function warnOfUnknownCapabilities({ log }: CommandCall, { capabilities = {} }: Process): void {
  const names: readonly string[] = Object.values(capabilities).flat();
  const unknown = [...new Set(names.filter((name) => !KNOWN.has(name)))].sort();
  if (unknown.length > 0) log.write('warning', `ignoring unknown or unavailable capabilities: [${unknown.join(' ')}]`);
}
