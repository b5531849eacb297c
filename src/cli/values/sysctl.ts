import { invalid } from '../../base/index.ts';

/** Settings that belong to the IPC namespace; all of `net.` belongs to the network namespace (namespaces(7)). */
const IPC_SETTINGS: ReadonlySet<string> = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** `net.ipv4.ip_forward=1`. Only what a namespace has for itself: anything else would change the host. */
export function sysctlValue(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).trim();
  if (!/^[a-z0-9_]+([./][\w-]+)+$/i.test(name) || name.includes('..')) {
    throw invalid('SYSCTL_INVALID', 'expected NAME=VALUE such as net.ipv4.ip_forward=1');
  }
  if (!IPC_SETTINGS.has(name) && !/^(net|fs\.mqueue)\./.test(name)) {
    throw invalid(
      'SYSCTL_NOT_NAMESPACED',
      `${name} is a setting of the whole host; only net.*, fs.mqueue.* and the IPC limits belong to a container`,
    );
  }
  return [name, text.slice(equals + 1)];
}
