import { readFileSync } from 'node:fs';
import { KeelsonError } from '../base/index.ts';
import { CAPABILITY_NAMES } from '../spec/index.ts';

/**
 * Refuses before anything is made, and not at the first system call that the kernel refuses.
 * @throws KeelsonError denied `NO_PRIVILEGE`
 */
export function requirePrivilege(): void {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  const mask = BigInt(`0x${line?.[1] ?? 'ffffffffffffffff'}`);
  if ((mask >> BigInt(CAPABILITY_NAMES.indexOf('CAP_SYS_ADMIN'))) & 1n) return;
  throw new KeelsonError('denied', 'to start a container takes the rights of root (CAP_SYS_ADMIN)', {
    code: 'NO_PRIVILEGE',
    hint: 'run it with sudo; `--dry-run` shows the plan without privilege, `keelson doctor` what this host can do',
  });
}
