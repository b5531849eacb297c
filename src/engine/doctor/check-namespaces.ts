import type { HostCheck } from '../../spec/index.ts';
import { answered, type Finding, fail, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'Namespaces';

/** What each kind separates, and whether a container can do without. */
const KINDS = [
  { name: 'mount', what: 'mounts', required: true },
  { name: 'pid', what: 'processes', required: true },
  { name: 'network', what: 'network', required: true },
  { name: 'ipc', what: 'shared memory', required: true },
  { name: 'uts', what: 'host name', required: true },
  { name: 'cgroup', what: 'cgroups', required: true },
  { name: 'user', what: 'user ids', required: false },
  { name: 'time', what: 'clocks', required: false },
] as const;

export function checkNamespaces(facts: HostFacts): HostCheck[] {
  const { namespaces } = facts.probe;
  const kinds = KINDS.map(({ name, what, required }): HostCheck => {
    const finding = answered(namespaces[name], (why) => refused(facts, { why, required }));
    return { id: `namespace-${name}`, area, title: `${name}: own ${what}`, ...finding };
  });
  const title = 'User namespaces for ordinary users';
  return [...kinds, { id: 'user-namespaces-unprivileged', area, title, ...unprivileged(facts) }];
}

function refused(facts: HostFacts, { why, required }: { why: string; required: boolean }): Finding {
  const severity = required ? fail : warn;
  if (why === 'EINVAL' || why === 'ENOSYS')
    return severity(`not in this kernel (${why})`, 'start a kernel that has it; every distribution kernel does');
  if (why === 'ENOSPC')
    return severity(
      'none left (ENOSPC)',
      'raise the limits: sysctl -w user.max_user_namespaces=15000, and the others below user.',
    );
  if (facts.user !== 0)
    return severity(`refused (${why})`, userNamespaceRemedy(facts) ?? 'run as root, or allow user namespaces');
  return severity(`refused (${why})`, 'leave the container or sandbox that this runs in, or give it CAP_SYS_ADMIN');
}

function unprivileged(facts: HostFacts): Finding {
  const why = facts.probe.unprivilegedUserNamespace;
  if (why === 'yes') return ok('works');
  const severity = facts.user === 0 ? warn : fail;
  return severity(`refused (${why})`, userNamespaceRemedy(facts) ?? 'run as root');
}

/** Settings of distributions that forbid user namespaces to ordinary users. */
function userNamespaceRemedy({ readText }: HostFacts): string | undefined {
  const value = (name: string) => readText(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim();
  if (value('kernel.unprivileged_userns_clone') === '0') return 'sysctl -w kernel.unprivileged_userns_clone=1';
  if (value('user.max_user_namespaces') === '0') return 'sysctl -w user.max_user_namespaces=15000';
  if (value('kernel.apparmor_restrict_unprivileged_userns') === '1') {
    return 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with userns for node';
  }
  return undefined;
}
