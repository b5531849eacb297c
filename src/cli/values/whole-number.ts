import { invalid } from '../../base/index.ts';

export interface NumberRange {
  min?: number;
  max?: number;
}

/** Makes a parser of whole numbers within a range, both ends included. */
export function wholeNumber(range: NumberRange = {}): (text: string) => number {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = range;
  return (text) => {
    const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number + 0; // -0 becomes 0
    throw invalid('NUMBER_INVALID', `expected a whole number${describeRange(range)}`);
  };
}

function describeRange({ min, max }: NumberRange): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}
