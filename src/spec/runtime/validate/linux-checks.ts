import type { LinuxSeccomp } from '../../linux-seccomp.ts';
import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';
import { isNumberList } from './number-list.ts';

/** The class becomes a folder of resctrl; `/` stands for the default one. */
export function* intelRdt({ linux = {} }: RuntimeSpec): Generator<Problem> {
  const { closID = '', memBwSchema = '', l3CacheSchema = '', schemata = [] } = linux.intelRdt ?? {};
  if (closID !== '/' && (closID.includes('/') || closID === '.' || closID === '..')) {
    yield { path: 'linux.intelRdt.closID', message: `${shown(closID)} is no name of a folder` };
  }
  // One line each: a newline would start another, for which nobody looked.
  for (const [field, value] of Object.entries({ memBwSchema, l3CacheSchema })) {
    if (value.includes('\n')) yield { path: `linux.intelRdt.${field}`, message: 'has more than one line' };
  }
  if (memBwSchema !== '' && !memBwSchema.startsWith('MB:')) {
    yield { path: 'linux.intelRdt.memBwSchema', message: "must start with 'MB:'" };
  }
  for (const [i, line] of schemata.entries()) {
    if (line.includes('\n')) yield { path: `linux.intelRdt.schemata[${i}]`, message: 'has more than one line' };
  }
}

const WITHOUT_NODES: readonly string[] = ['MPOL_DEFAULT', 'MPOL_LOCAL'];

/** What set_mempolicy(2) would answer with EINVAL. */
export function* memoryPolicy({ linux = {} }: RuntimeSpec): Generator<Problem> {
  if (linux.memoryPolicy === undefined) return;
  const { mode, nodes = '', flags = [] } = linux.memoryPolicy;
  const at = (field: string, message: string): Problem => ({ path: `linux.memoryPolicy.${field}`, message });
  if (!isNumberList(nodes)) yield at('nodes', `${shown(nodes)} is not a list such as 0-3,7`);
  if (WITHOUT_NODES.includes(mode)) {
    if (nodes !== '') yield at('nodes', `must be empty for ${mode}`);
    if (flags.length > 0) yield at('flags', `must be empty for ${mode}`);
  } else if (nodes === '' && mode !== 'MPOL_PREFERRED') {
    yield at('nodes', `is missing, but ${mode} needs it`);
  } else if (nodes === '' && flags.length > 0) {
    yield at('flags', 'must be empty for MPOL_PREFERRED without nodes');
  }
  if (flags.includes('MPOL_F_STATIC_NODES') && flags.includes('MPOL_F_RELATIVE_NODES')) {
    yield at('flags', 'has both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES, which exclude each other');
  }
  // MPOL_BIND since Linux 5.12, MPOL_PREFERRED_MANY since 6.9.
  const balanced = mode === 'MPOL_BIND' || mode === 'MPOL_PREFERRED_MANY';
  if (flags.includes('MPOL_F_NUMA_BALANCING') && !balanced) {
    yield at('flags', `MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY alone, not for ${mode}`);
  }
}

/** A notification that nobody listens to would stop the caller for ever. Paths start at the filter. */
export function* seccompRules(filter: LinuxSeccomp): Generator<Problem> {
  const { syscalls = [], listenerPath = '', listenerMetadata = '' } = filter;
  for (const [i, { names, action }] of syscalls.entries()) {
    if (names.length === 0) yield { path: `syscalls[${i}].names`, message: 'is empty' };
    if (action === 'SCMP_ACT_NOTIFY' && names.includes('write')) {
      const message = 'SCMP_ACT_NOTIFY cannot be used for write, by which the process tells that somebody can listen';
      yield { path: `syscalls[${i}].action`, message };
    }
  }
  if (listenerMetadata !== '' && listenerPath === '') yield { path: 'listenerMetadata', message: 'needs listenerPath' };
  if (filter.defaultAction === 'SCMP_ACT_NOTIFY') {
    const message = 'SCMP_ACT_NOTIFY cannot be the default, for it would stop the runtime before anybody listens';
    yield { path: 'defaultAction', message };
  }
  if (listenerPath === '' && syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY')) {
    yield { path: 'listenerPath', message: 'is missing, but SCMP_ACT_NOTIFY needs it' };
  }
}

/** `..` in it would name the cgroup of something else; harmless in a path that is cleaned, and a mistake all the same. */
export function* cgroupsPath({ linux = {} }: RuntimeSpec): Generator<Problem> {
  if (!linux.cgroupsPath?.split('/').includes('..')) return;
  yield { path: 'linux.cgroupsPath', message: "must not contain '..'" };
}
