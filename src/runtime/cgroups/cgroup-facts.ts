/** What a plan needs to know about the folders above and about the kernel. */
export interface CgroupFacts {
  /** By path of the container's folder. */
  folders: ReadonlyMap<string, FolderFacts>;
  /** For the container's folder in a v1 cpuset hierarchy. */
  cpuset?: CpusetFacts | undefined;
  /** For its folder in the v2 hierarchy. */
  unified?: UnifiedFacts | undefined;
  /** The kernel counts swap. */
  swap: boolean;
  /** io.weight exists. */
  ioCost: boolean;
}

export interface FolderFacts {
  /** The container's folder is there already. */
  exists: boolean;
  /** With a process in it. */
  occupied: boolean;
  /** Folders above it that have to be made, top first. */
  missing: readonly string[];
  /** We may make folders there. */
  writable: boolean;
  /** Its file system is mounted read-only, as in a container. */
  readOnly?: boolean | undefined;
}

/** A new v1 cpuset has no processor and no memory node, and nothing can enter it: it is given those of the one above. */
export interface CpusetFacts {
  cpus: string;
  mems: string;
  /** What the container's folder has, when it is there. */
  own?: { cpus: string; mems: string } | undefined;
  /** Folders above that are there and have none themselves, top first. */
  empty: readonly string[];
}

export interface DisabledControllers {
  path: string;
  controllers: readonly string[];
  /** We may enable them. */
  writable: boolean;
}

export interface UnifiedFacts {
  /** Controllers that are not enabled in the folders above, top first, by folder. */
  disabled: readonly DisabledControllers[];
  /** The folder above is, or would make ours, a threaded one, which memory, io and hugetlb do not work in. */
  threaded: boolean;
}
