import type { RuntimeSpec } from '../spec/index.ts';

/**
 * What is kept of a container: `<root>/<id>/state.json`, with the names that runc gives to the fields and others read
 * from there. `config` is ours: the specification as it was when the container was made.
 */
export interface ContainerState {
  id: string;
  init_process_pid: number;
  /** Start time of that process in clock ticks (proc(5)): a number alone is given out again. */
  init_process_start: number;
  /** RFC 3339, UTC. */
  created: string;
  config: {
    rootfs: string;
    /** Version of the specification. */
    version: string;
    /** `bundle=PATH` and `key=value` of the annotations. */
    labels: readonly string[];
    namespaces: readonly { type: string; path: string }[];
    /** Programs of `exec` keep their caller's session keyring too. */
    no_new_keyring?: boolean;
    /** Who owns its cgroup, where that is systemd: later commands need no flag. */
    cgroups?: SystemdCgroup;
    spec: RuntimeSpec;
  };
  rootless: boolean;
  /** By controller; `""` is the unified hierarchy. */
  cgroup_paths: Readonly<Record<string, string>>;
  /** The resctrl class it is in, and the groups that were made for it, outermost first (these are ours). */
  intel_rdt_path?: string;
  intel_rdt_created?: readonly string[];
  namespace_paths: Readonly<Record<string, string>>;
  /** Where the standard streams that it was given lead: `pipe:[1234]`. */
  external_descriptors?: readonly string[];
}

/** The unit `scope_prefix-name.scope` in the slice `parent`, of the machine's systemd or of the user's (`rootless`). */
export interface SystemdCgroup {
  name: string;
  parent: string;
  scope_prefix: string;
  systemd: true;
  rootless: boolean;
}

/** The absolute path of the bundle. */
export function bundleOf({ config }: ContainerState): string {
  return config.labels.find((label) => label.startsWith('bundle='))?.slice('bundle='.length) ?? '';
}
