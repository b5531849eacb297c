import {
  type CgroupDriver,
  type CgroupSetup,
  loadSystemd,
  locateCgroupFor,
  type SystemdUnit,
  setUpCgroup,
} from '../runtime/index.ts';
import type { RuntimeSpec } from '../spec/index.ts';
import type { CommandCall } from './command.ts';
import type { ContainerState, SystemdCgroup } from './container-state.ts';
import type { OciContext } from './oci-context.ts';

/** The cgroup of a container is where its state says: a later command may be called from another cgroup than `create`. */
export function containerCgroup({
  id,
  cgroup_paths: cgroupPaths,
}: Pick<ContainerState, 'id' | 'cgroup_paths'>): CgroupSetup {
  return setUpCgroup({ id, spec: { ociVersion: '' }, cgroupPaths });
}

/** The same for commands that change or remove it, which whoever owns it has to be told. */
export async function ownedCgroup(context: OciContext, state: ContainerState): Promise<CgroupSetup> {
  const { id, cgroup_paths: cgroupPaths } = state;
  return setUpCgroup({ id, spec: { ociVersion: '' }, cgroupPaths, driver: await cgroupDriver(context, state) });
}

/** Undefined: we own its cgroup ourselves. */
export async function cgroupDriver(
  { env }: Pick<OciContext, 'env'>,
  { config }: Pick<ContainerState, 'config'>,
): Promise<CgroupDriver | undefined> {
  const { cgroups, spec } = config;
  if (!cgroups?.systemd) return undefined;
  const { openSystemdDriver } = await loadSystemd();
  const { annotations = {} } = spec;
  return openSystemdDriver({ unit: unitOfState(cgroups), annotations, env, user: cgroups.rootless });
}

/** Who may have to put a further process there: root may do it itself, an ordinary user not from everywhere. */
export async function attachingDriver(
  context: Pick<OciContext, 'env'>,
  state: Pick<ContainerState, 'config'>,
): Promise<CgroupDriver | undefined> {
  return state.config.cgroups?.rootless ? await cgroupDriver(context, state) : undefined;
}

/**
 * Where a new container's cgroup lies: `cgroup_paths` of the state, and `cgroups` of its configuration where systemd
 * makes it. As with runc a path that does not begin with `/` counts from the caller's own cgroups, in each hierarchy, and
 * a container without one gets its id below them.
 * @throws KeelsonError invalid `CGROUP_PATH_INVALID`; unavailable `SYSTEMD_UNAVAILABLE`
 */
export async function placeCgroup(
  { context, options, args }: CommandCall,
  { linux }: RuntimeSpec,
): Promise<{ paths: Readonly<Record<string, string>>; cgroups?: SystemdCgroup }> {
  const id = args[0] ?? '';
  if (!options.systemdCgroup) return { paths: locateCgroupFor(context.pid, linux?.cgroupsPath || id) };
  const { unitOf, systemdCgroupPaths } = await loadSystemd();
  const user = options.rootless;
  const unit = unitOf(linux?.cgroupsPath, { id, user });
  return { paths: await systemdCgroupPaths(unit, { env: context.env, user }), cgroups: stateOfUnit(unit, user) };
}

function stateOfUnit({ title, prefix, slice }: SystemdUnit, rootless: boolean): SystemdCgroup {
  return { name: title, parent: slice, scope_prefix: prefix, systemd: true, rootless };
}

function unitOfState({ name, parent, scope_prefix: prefix }: SystemdCgroup): SystemdUnit {
  return { name: `${prefix}-${name}.scope`, slice: parent, prefix, title: name };
}
