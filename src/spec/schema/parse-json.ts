import { KeelsonError } from '../../base/index.ts';
import { escaped } from './problem.ts';
import type { DocumentName } from './schema.ts';

/** The shortest text of a whole number that a double may not hold exactly: 2^53 has 16 digits. */
const LONG_NUMBER = /\d{16}/;

/**
 * JSON.parse, but a whole number of 64 bits that a double cannot hold comes as a bigint: seccomp compares 64-bit arguments, and
 * 0xffffffffffffffff rounded up to 2^64 would never match. The price, a call for each value, is paid only by documents
 * with such numbers in them.
 * @throws KeelsonError `invalid` with `code` when the text is not JSON
 */
export function parseJson(text: string, { code, document }: DocumentName): unknown {
  try {
    return LONG_NUMBER.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KeelsonError('invalid', `${document} is not JSON: ${escaped(reason)}`, { code, cause });
  }
}

function exactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return /^-?\d{1,20}$/.test(context.source) ? BigInt(context.source) : value;
}
