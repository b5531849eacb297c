import { invalid, isKeelsonError, parseSize, UNLIMITED } from '../../base/index.ts';

/** A size in bytes: `64m`. */
export function sizeValue(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    if (!isKeelsonError(error, 'invalid')) throw error;
    throw invalid('SIZE_INVALID', 'expected a size such as 64m, 1.5g or 4096');
  }
}

/** A size in bytes, or -1 for no limit (`--memory-swap`). */
export function sizeOrUnlimitedValue(text: string): number {
  return text.trim() === '-1' ? UNLIMITED : sizeValue(text);
}
