import type { LogEntry } from '../../spec/index.ts';
import { timestamp } from './timestamp.ts';

const NEW_LINE = 0x0a;

/** Puts the time before each line of one stream; a line may come in several entries, and has the time of the first. */
export function lineStamper(): (entry: Pick<LogEntry, 'time' | 'data'>) => Buffer {
  let atStart = true;
  return ({ time, data }) => {
    const stamp = Buffer.from(`${timestamp(time)} `);
    const parts: Buffer[] = [];
    for (let from = 0; from < data.length; ) {
      const found = data.indexOf(NEW_LINE, from);
      const end = found < 0 ? data.length : found + 1;
      if (atStart) parts.push(stamp);
      parts.push(data.subarray(from, end));
      atStart = found >= 0;
      from = end;
    }
    return Buffer.concat(parts);
  };
}
