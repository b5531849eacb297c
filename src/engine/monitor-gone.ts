import { KeelsonError } from '../base/index.ts';

/** What a foreground container ends with whose monitor was killed. */
export function monitorGone(name: string, cause: unknown): KeelsonError {
  return new KeelsonError('unavailable', `the process that watched the container ${name} was killed`, {
    code: 'MONITOR_GONE',
    hint: 'the container was killed and removed; start it again',
    cause,
  });
}
