import { fieldPath, type Problem } from '../../schema/problem.ts';
import { sysctlPath } from '../../sysctl-path.ts';
import { findNamespace, type NamespaceType } from '../namespace.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';

/** The System V IPC sysctls, each of an IPC namespace (ipc/ipc_sysctl.c); POSIX queues are all of fs/mqueue/. */
const IPC_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel/msgmax',
  'kernel/msgmnb',
  'kernel/msgmni',
  'kernel/sem',
  'kernel/shmall',
  'kernel/shmmax',
  'kernel/shmmni',
  'kernel/shm_rmid_forced',
]);

/**
 * Most of /proc/sys is the host's, and is open to the runtime even where the container could not write it. So only what
 * belongs to a namespace, and only if the container has that namespace; runc's list. Whether a network namespace that is
 * joined by its path is really another than the host's takes a look at it, which is for the runtime to do.
 */
export function* sysctls({ linux = {} }: RuntimeSpec): Generator<Problem> {
  for (const key of Object.keys(linux.sysctl ?? {})) {
    const path = fieldPath('linux.sysctl', key);
    const file = sysctlPath(key);
    if (file === undefined) {
      yield { path, message: 'is no name of a sysctl' };
      continue;
    }
    if (file === 'kernel/hostname') {
      yield { path, message: 'has a field of its own in the specification', hint: 'use `hostname`' };
      continue;
    }
    const type = namespaceOf(file);
    if (type === undefined) {
      yield { path, message: 'belongs to no namespace, so it would change the host' };
    } else if (findNamespace(linux.namespaces, type) === undefined) {
      yield {
        path,
        message: `would change the host, because the container shares its ${type} namespace`,
        hint: `add {"type": "${type}"} to linux.namespaces`,
      };
    }
  }
}

function namespaceOf(file: string): NamespaceType | undefined {
  if (file.startsWith('net/')) return 'network';
  if (file.startsWith('fs/mqueue/') || IPC_SYSCTLS.has(file)) return 'ipc';
  return file === 'kernel/domainname' ? 'uts' : undefined;
}
