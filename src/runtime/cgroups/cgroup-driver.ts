import type { Resources } from '../../spec/index.ts';

/**
 * Whoever owns the tree of cgroups, where it is not us alone. Without one (the cgroupfs driver) we make the folders;
 * with one it does, and we write into them what it does not know.
 */
export interface CgroupDriver {
  /**
   * Has the cgroup made with these limits, and a process that was just born put into it.
   * @throws KeelsonError conflict `CGROUP_OCCUPIED`, when there is one already and it is not ours; nothing was made then
   */
  start(pid: number, resources: Resources): Promise<void>;
  /**
   * Puts a further process into the cgroup, or into one at `path` below it; where the process may always go there by itself
   * there is no need.
   */
  attach?(pid: number, path: string): Promise<void>;
  /** Tells it of changed limits, before the files are written. */
  update(resources: Resources): Promise<void>;
  /** Has it removed. Idempotent. */
  stop(): Promise<void>;
}
