import type { Mount, MountOptions } from '../../spec/index.ts';
import type { RootTree } from './root-tree.ts';

/** How cgroup file systems are shown inside; made by the cgroups code, since it differs by version. */
export type CgroupMounter = (tree: RootTree, mount: Mount, options: MountOptions) => void;
