import type { Cgroup } from './cgroup.ts';

/** One thing to do for a cgroup. `path` is a folder, on the host. */
export type CgroupStep = StepReason &
  (
    | { do: 'make'; path: string /** It may be there already. */; shared: boolean }
    | { do: 'write'; path: string; setting: FileSetting }
    | { do: 'filter-devices'; path: string /** `struct bpf_insn[]` */; program: Uint8Array }
  );

/** Why: for `--explain` and for errors. */
export interface StepReason {
  /** `limit memory to 64MiB` */
  what: string;
  /** The field of the specification, or the flag that set it. */
  because: string;
}

/** A control file and what it gets. */
export interface FileSetting {
  file: string;
  /** Each is written by a call of its own, in order, as the file takes them one by one. */
  values: readonly string[];
  /** Errnos of open(2) and write(2) that are no failure. */
  allow?: readonly number[] | 'any' | undefined;
}

/** Something asked for that has no effect here. */
export interface CgroupWarning {
  /** `linux.resources.memory.swappiness`, or the flag that set it. */
  because: string;
  /** To follow that: `is ignored: cgroup v2 has no such setting`. */
  message: string;
}

/** Everything to do for a container's cgroup, in order. Data; nothing has been done. */
export interface CgroupPlan {
  cgroup: Cgroup;
  steps: readonly CgroupStep[];
  warnings: readonly CgroupWarning[];
}
