import { invalid } from '../../base/index.ts';

/** A number of processors for `--cpus`: `1.5`. No finer than the billionths that Docker's API carries. */
export function cpusValue(text: string): number {
  if (/^\d*\.?\d*$/.test(text) && /\d/.test(text)) {
    const [, fraction = ''] = text.split('.');
    const cpus = Number(text);
    if (fraction.replace(/0+$/, '').length <= 9 && cpus * 1e9 <= Number.MAX_SAFE_INTEGER) return cpus;
  }
  throw invalid('CPUS_INVALID', 'expected a number of processors such as 2 or 0.5');
}
