import type { Fd, Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EEXIST, O_WRONLY } from '../../kernel/index.ts';
import type { RdtPlan } from './plan-rdt.ts';

const HEADING = 'Limits (cgroups)';

/** Makes the groups that are missing and puts a process into them; its children follow it. */
export function enterRdt(runtime: Kernel, plan: RdtPlan, pid: number): void {
  for (const path of plan.created) {
    runtime.step(HEADING, `make the resctrl group ${path}`, 'linux.intelRdt');
    runtime.mkdirat(AT_FDCWD, path, 0o755, { allow: [EEXIST] });
  }
  for (const line of plan.schemata) {
    runtime.step(HEADING, `share cache or memory bandwidth by ${line}`, 'linux.intelRdt');
    write(runtime, `${plan.folder}/schemata`, `${line}\n`);
  }
  for (const path of [plan.folder, ...(plan.monitor === undefined ? [] : [plan.monitor])]) {
    runtime.step(HEADING, `enter the resctrl group ${path}`, 'linux.intelRdt');
    write(runtime, `${path}/tasks`, String(pid));
  }
}

/** Opens the way into the groups of a container for a further process, which then writes 0 for itself to each. */
export function openRdtGroups(runtime: Kernel, { folder, monitor }: RdtPlan): Fd[] {
  runtime.step(HEADING, 'open the resctrl groups of the container', 'linux.intelRdt');
  const paths = [folder, ...(monitor === undefined ? [] : [monitor])];
  return paths.map((path) => runtime.openat(AT_FDCWD, `${path}/tasks`, O_WRONLY));
}

function write(runtime: Kernel, path: string, text: string): void {
  const file = runtime.openat(AT_FDCWD, path, O_WRONLY);
  runtime.write(file, text);
  runtime.close(file);
}
