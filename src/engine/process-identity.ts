import { readFileSync } from 'node:fs';

/** Of /proc/PID/stat, from the third field on; undefined when there is no such process. */
function statusFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before may hold spaces and brackets, so counting begins behind its last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}

/** Field 22, the start time in clock ticks. */
function startTime(pid: number): string | undefined {
  return statusFields(pid)?.[19];
}

/** Field 6: the number of the process that began its session. */
export function sessionOf(pid: number): number | undefined {
  const session = statusFields(pid)?.[3];
  return session === undefined ? undefined : Number(session);
}

/** A process for good: a pid alone is given out again. `1234:567890` */
export function processIdentity(pid: number): string {
  return `${pid}:${startTime(pid) ?? 0}`;
}

export function isAlive(identity: string): boolean {
  const [pid, start] = identity.split(':');
  return startTime(Number(pid)) === start;
}
