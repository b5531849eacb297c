import { KeelsonError } from '../../base/index.ts';
import { O_WRONLY, RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV } from '../../kernel/index.ts';
import { sysctlPath } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import type { RootTree } from './root-tree.ts';

/** Writes kernel settings of the container's own namespaces, through the procfs that was just mounted. */
export function writeSysctls(context: InitContext, tree: RootTree): void {
  const { kernel, spec } = context;
  const settings = Object.entries(spec.linux?.sysctl ?? {});
  if (settings.length === 0) return;
  const proc = tree.mountAt('/proc');
  if (proc === undefined) {
    throw new KeelsonError('invalid', 'sysctls need a /proc of the container', { code: 'SYSCTL_WITHOUT_PROC' });
  }
  for (const [name, value] of settings) {
    kernel.step('Kernel settings', `set ${name} to ${value}`, because(context, `linux.sysctl.${name}`));
    // CVE-2025-52881: in our own procfs, through no link and into nothing that is mounted over a part of it, so that the
    // write cannot be led elsewhere.
    const path = sysctlPath(name);
    if (path === undefined) throw new KeelsonError('invalid', `'${name}' is not a sysctl`, { code: 'SYSCTL_INVALID' });
    const file = kernel.openat2(proc, `sys/${path}`, {
      flags: O_WRONLY,
      resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    });
    kernel.write(file, value);
    kernel.close(file);
  }
}
