import { KeelsonError } from '../base/index.ts';
import { ownCapabilities } from './available-capabilities.ts';

/**
 * Refuses before anything is made, and not at the first system call that the kernel refuses.
 * @throws KeelsonError denied `NO_PRIVILEGE`
 */
export function requirePrivilege(purpose = 'to start a container'): void {
  if (ownCapabilities('CapEff').includes('CAP_SYS_ADMIN')) return;
  const dry = purpose === 'to start a container' ? '`--dry-run` shows the plan without privilege, ' : '';
  throw new KeelsonError('denied', `${purpose} takes the rights of root (CAP_SYS_ADMIN)`, {
    code: 'NO_PRIVILEGE',
    hint: `run it with sudo; ${dry}\`keelson doctor\` what this host can do`,
  });
}
