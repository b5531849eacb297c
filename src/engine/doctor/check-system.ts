import type { HostCheck } from '../../spec/index.ts';
import { type Finding, fail, ok, warn } from './check.ts';
import type { HostFacts } from './host-facts.ts';

const area = 'System';

/** The last call that mounts need, mount_setattr, came with 5.12. */
const OLDEST_KERNEL = [5, 12] as const;
const OLDEST_NODE = 24;
/** Each container in the foreground holds about ten descriptors. */
const FEWEST_FILES = 1024;

export function checkSystem(facts: HostFacts): HostCheck[] {
  return [
    { id: 'kernel-version', area, title: 'Linux 5.12 or newer', ...kernelVersion(facts) },
    { id: 'architecture', area, title: 'x86-64 or arm64', ...architecture(facts) },
    { id: 'node-version', area, title: `Node ${OLDEST_NODE} or newer`, ...nodeVersion(facts) },
    { id: 'agent', area, title: 'The agent starts', ...agent(facts) },
    { id: 'file-limit', area, title: 'Open files', ...fileLimit(facts) },
    { id: 'busybox-static', area, title: 'busybox, for the built-in image', ...busybox(facts) },
  ];
}

function kernelVersion({ kernel }: HostFacts): Finding {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  const isNew = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return isNew ? ok(kernel) : fail(kernel, 'start a newer kernel: Debian 12 and Ubuntu 22.04 have one');
}

function architecture({ architecture: name }: HostFacts): Finding {
  if (name === 'x64' || name === 'arm64') return ok(name);
  return fail(name, 'there is no agent for this processor; use a machine of x86-64 or arm64');
}

function nodeVersion({ node }: HostFacts): Finding {
  if (Number.parseInt(node, 10) >= OLDEST_NODE) return ok(node);
  return fail(node, 'take a newer one from https://nodejs.org');
}

function agent({ probe }: HostFacts): Finding {
  if (probe.agent === 'yes') return ok('works');
  return fail(
    probe.agent,
    'in a checkout run scripts/setup, else install the package anew; its file system must allow programs (no noexec)',
  );
}

function fileLimit({ readText }: HostFacts): Finding {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readText('/proc/self/limits') ?? '')?.[1];
  if (soft === undefined) return warn('unknown', 'mount /proc');
  if (soft === 'unlimited' || Number(soft) >= FEWEST_FILES) return ok(soft);
  return warn(soft, `ulimit -n ${FEWEST_FILES}, or nofile in /etc/security/limits.conf`);
}

function busybox({ findProgram, readText }: HostFacts): Finding {
  const path = findProgram('busybox');
  if (path === undefined) return warn('missing', install());
  // A dynamic program names its loader, and has none in an empty root file system.
  const isDynamic = /\/ld-(linux|musl)/.test(readText(path) ?? '');
  return isDynamic ? warn(`${path} is dynamically linked`, install()) : ok(path);
}

function install(): string {
  return 'apt-get install busybox-static (Debian and Ubuntu); any other image or folder works without';
}
