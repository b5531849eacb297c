import type { HostCheck } from '../../spec/index.ts';
import { type Finding, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'Security';

export function checkSecurity(facts: HostFacts): HostCheck[] {
  return [
    { id: 'seccomp', area, title: 'System call filters', ...seccomp(facts) },
    { id: 'memfd-exec', area, title: 'Programs run from memory', ...memfdExec(facts) },
  ];
}

function seccomp({ readText }: HostFacts): Finding {
  const actions = readText('/proc/sys/kernel/seccomp/actions_avail')?.trim();
  if (actions?.split(' ').includes('errno')) return ok(actions);
  return warn(
    'not in this kernel',
    'start a kernel with CONFIG_SECCOMP_FILTER, or run with --security-opt seccomp=unconfined',
  );
}

/** The agent enters containers from memory, so that no container can write to its file (CVE-2019-5736). */
function memfdExec({ readText }: HostFacts): Finding {
  const value = readText('/proc/sys/vm/memfd_noexec')?.trim();
  if (value === '2') return warn('forbidden by vm.memfd_noexec=2', 'sysctl -w vm.memfd_noexec=1');
  return ok('works');
}
