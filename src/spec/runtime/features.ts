/**
 * What `features` prints (features.md and features-linux.md of the OCI runtime specification 1.3): what the runtime was
 * built to do, whatever the host allows. A missing field means "unknown". Types only; we write it and read none.
 */
export interface Features {
  ociVersionMin: string;
  ociVersionMax: string;
  hooks?: readonly string[] | undefined;
  /** Not those that go to the file system as data. */
  mountOptions?: readonly string[] | undefined;
  linux?: LinuxFeatures | undefined;
  annotations?: Readonly<Record<string, string>> | undefined;
  /** Annotations of config.json that a careful caller does not let through; with a final dot, a prefix. */
  potentiallyUnsafeConfigAnnotations?: readonly string[] | undefined;
}

export interface LinuxFeatures {
  namespaces?: readonly string[] | undefined;
  capabilities?: readonly string[] | undefined;
  cgroup?: CgroupFeatures | undefined;
  seccomp?: SeccompFeatures | undefined;
  apparmor?: FeatureSwitch | undefined;
  selinux?: FeatureSwitch | undefined;
  intelRdt?: (FeatureSwitch & { schemata?: boolean | undefined; monitoring?: boolean | undefined }) | undefined;
  memoryPolicy?: { modes?: readonly string[] | undefined; flags?: readonly string[] | undefined } | undefined;
  mountExtensions?: { idmap?: FeatureSwitch | undefined } | undefined;
  netDevices?: FeatureSwitch | undefined;
}

export interface FeatureSwitch {
  enabled?: boolean | undefined;
}

export interface CgroupFeatures {
  v1?: boolean | undefined;
  v2?: boolean | undefined;
  systemd?: boolean | undefined;
  systemdUser?: boolean | undefined;
  rdma?: boolean | undefined;
}

export interface SeccompFeatures extends FeatureSwitch {
  actions?: readonly string[] | undefined;
  operators?: readonly string[] | undefined;
  archs?: readonly string[] | undefined;
  knownFlags?: readonly string[] | undefined;
  supportedFlags?: readonly string[] | undefined;
}
