import { KeelsonError } from '../base/index.ts';
import type { ContainerRecord } from './store.ts';

/** The record itself, or CONTAINER_NOT_RUNNING. */
export function requireRunning(record: ContainerRecord): ContainerRecord {
  if (record.state.status === 'running') return record;
  throw new KeelsonError('conflict', `container ${record.state.name} is not running`, {
    code: 'CONTAINER_NOT_RUNNING',
  });
}
