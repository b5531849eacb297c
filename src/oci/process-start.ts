import { readFileSync } from 'node:fs';

/**
 * Field 22 of /proc/PID/stat, the start time in clock ticks: with the number it names a process for good. Undefined when
 * there is none, or when it has ended and waits for its parent alone.
 */
export function processStart(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before may hold spaces and brackets, so counting begins behind its last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
  } catch {
    return undefined;
  }
}
