import { readFileSync } from 'node:fs';

/** What a process is called in its own pid namespace: the last number of the line NSpid of /proc/PID/status (proc(5)). */
export function pidInside(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? pid);
}
