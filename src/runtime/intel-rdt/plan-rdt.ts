import { posix } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';

/** What the host says of its resctrl file system (Documentation/filesystems/resctrl.rst). */
export interface RdtHost {
  /** Undefined: the processor or the kernel cannot do it, or nobody mounted it. */
  mountPoint: string | undefined;
  exists(path: string): boolean;
  read(path: string): string;
}

/** Which groups a container gets. */
export interface RdtPlan {
  /** Its class of service. */
  folder: string;
  /** Its monitoring group, below that. */
  monitor: string | undefined;
  /** Those of the two that are to be made, and removed with the container, outermost first. */
  created: readonly string[];
  /** Lines for the file `schemata` of a class that is to be made. */
  schemata: readonly string[];
}

/**
 * Reads `linux.intelRdt` as the specification has it: a class that is there is taken as it is and must have what the
 * lines say; another is made, and without lines only where it has the container's own name.
 * @throws KeelsonError unsupported `INTEL_RDT`, not-found `INTEL_RDT_CLASS`, conflict `INTEL_RDT_SCHEMATA`
 */
export function planRdt({ id, spec }: { id: string; spec: RuntimeSpec }, host: RdtHost): RdtPlan | undefined {
  const rdt = spec.linux?.intelRdt;
  if (rdt === undefined) return undefined;
  if (host.mountPoint === undefined) {
    throw new KeelsonError('unsupported', 'linux.intelRdt needs the resctrl file system, which is not mounted', {
      code: 'INTEL_RDT',
      hint: 'mount -t resctrl resctrl /sys/fs/resctrl, where processor and kernel have it; or leave the field out',
    });
  }
  const folder = posix.join(host.mountPoint, rdt.closID ?? id);
  const schemata = [rdt.l3CacheSchema, rdt.memBwSchema, ...(rdt.schemata ?? [])].filter((line) => line !== undefined);
  const isThere = host.exists(folder);
  if (!isThere && rdt.closID !== undefined && schemata.length === 0) {
    throw new KeelsonError('not-found', `there is no class of service ${rdt.closID} in ${host.mountPoint}`, {
      code: 'INTEL_RDT_CLASS',
      hint: 'make it first, or say what it shall have: l3CacheSchema, memBwSchema, schemata',
    });
  }
  if (isThere && rdt.closID !== undefined)
    checkSchemata(host.read(posix.join(folder, 'schemata')), schemata, rdt.closID);
  const monitor = rdt.enableMonitoring ? posix.join(folder, 'mon_groups', id) : undefined;
  return {
    folder,
    monitor,
    created: [...(isThere ? [] : [folder]), ...(monitor === undefined ? [] : [monitor])],
    schemata: isThere && rdt.closID !== undefined ? [] : schemata,
  };
}

function checkSchemata(present: string, wanted: readonly string[], closID: string): void {
  const has = new Set(parts(present));
  const missing = wanted.flatMap((line) => parts(line)).find((part) => !has.has(part));
  if (missing === undefined) return;
  throw new KeelsonError('conflict', `the class of service ${closID} is there and does not have ${missing}`, {
    code: 'INTEL_RDT_SCHEMATA',
    hint: 'use another closID, or leave the lines out to take the class as it is',
  });
}

/** `L3:0=f;1=0f` is the parts `L3:0=f` and `L3:1=f`: the kernel prints leading zeros and spaces as it likes. */
function parts(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, resource = '', domains = ''] = /^\s*(\w+)\s*:(.*)$/.exec(line) ?? [];
    return domains.split(';').flatMap((domain) => {
      const [name = '', value = ''] = domain.split('=').map((word) => word.trim());
      return name === '' ? [] : [`${resource}:${name}=${value.toLowerCase().replace(/^0+(?=.)/, '')}`];
    });
  });
}
