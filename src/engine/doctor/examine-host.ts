import type { HostReport } from '../../spec/index.ts';
import { checkCgroups } from './check-cgroups.ts';
import { checkNamespaces } from './check-namespaces.ts';
import { checkNetwork } from './check-network.ts';
import { checkRootless } from './check-rootless.ts';
import { checkSecurity } from './check-security.ts';
import { checkStorage } from './check-storage.ts';
import { checkSystem } from './check-system.ts';
import { gatherFacts, type HostFacts } from './host-facts.ts';

/** In the order in which they are told: what everything needs comes first. */
const CHECKS = [checkSystem, checkNamespaces, checkCgroups, checkStorage, checkSecurity, checkNetwork, checkRootless];

/** What this host can do, and how to get what is missing. Tries it for real; nothing of that remains. */
export async function examineHost(env: Readonly<Record<string, string | undefined>>): Promise<HostReport> {
  return reportOf(await gatherFacts(env));
}

/** All checks on what is known of a host. */
export function reportOf(facts: HostFacts): HostReport {
  return { checks: CHECKS.flatMap((check) => check(facts)) };
}
