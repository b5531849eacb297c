import { invalid } from '../../base/index.ts';

/** A list of processors or memory nodes as cpuset(7) writes it: `0-3,5`. Given back as it was written. */
export function cpuSetValue(text: string): string {
  const ranges = text.split(',').map((part) => /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()));
  if (ranges.every((range) => range !== null && Number(range[2] ?? range[1]) >= Number(range[1]))) return text;
  throw invalid('CPUSET_INVALID', 'expected a list of numbers and ranges such as 0-3,5');
}
