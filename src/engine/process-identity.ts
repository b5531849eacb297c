import { readFileSync } from 'node:fs';

/** Field 22 of /proc/PID/stat, the start time in clock ticks; undefined when there is no such process. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before may hold spaces and brackets, so counting begins behind its last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** A process for good: a pid alone is given out again. `1234:567890` */
export function processIdentity(pid: number): string {
  return `${pid}:${startTime(pid) ?? 0}`;
}

export function isAlive(identity: string): boolean {
  const [pid, start] = identity.split(':');
  return startTime(Number(pid)) === start;
}
