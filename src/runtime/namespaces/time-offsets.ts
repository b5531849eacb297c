import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, CLONE_NEWTIME, O_WRONLY } from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';

/** Makes a time namespace for the children to come and sets its clocks, which only an empty one allows. */
export function makeTimeNamespace(runtime: Kernel, spec: RuntimeSpec): void {
  if (!spec.linux?.namespaces?.some((n) => n.type === 'time' && !n.path)) return;
  runtime.step('Processes and namespaces', 'make a time namespace', 'linux.namespaces');
  runtime.unshare(CLONE_NEWTIME);
  const offsets = Object.entries(spec.linux.timeOffsets ?? {});
  if (offsets.length === 0) return;
  runtime.step('Processes and namespaces', 'shift the clocks', 'linux.timeOffsets');
  const file = runtime.openat(AT_FDCWD, '/proc/self/timens_offsets', O_WRONLY);
  runtime.write(file, offsets.map(([clock, o]) => `${clock} ${o.secs ?? 0} ${o.nanosecs ?? 0}\n`).join(''));
  runtime.close(file);
}
