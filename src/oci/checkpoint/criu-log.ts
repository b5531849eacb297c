import { readFileSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';

/** So many of its last errors stand in ours; the first of them is the reason, those behind it say what it led to. */
const QUOTED = 3;
/** What criu says last of every failure. */
const SUMMARY = /(Dumping|Restoring|Pre-dumping) FAILED|exited, status=/;

/** The error of something that criu refused, with the last errors of its log, or without one what it answered. */
export function criuFailure(what: string, log: string, said = ''): KeelsonError {
  const errors = lastErrors(textOf(log) || said);
  const quoted = errors.length > 0 ? `: ${errors.join('; ')}` : '';
  return new KeelsonError('internal', `criu failed: ${what}${quoted}; log file: ${log}`, {
    code: 'CRIU_FAILED',
    hint: 'criu check says what it finds missing on this machine',
  });
}

function lastErrors(text: string): string[] {
  const errors = text
    .split('\n')
    .filter((line) => /\bError \(/.test(line))
    // What stands in front is the time since its start.
    .map((line) => line.slice(line.indexOf('Error (')).trim());
  const reasons = errors.filter((line) => !SUMMARY.test(line));
  return (reasons.length > 0 ? reasons : errors).slice(-QUOTED);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
