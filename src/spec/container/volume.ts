/** A folder that outlives containers and that several may have. */
export interface Volume {
  name: string;
  /** Where its content lies on the host. */
  mountpoint: string;
  /** Milliseconds since 1970. */
  created: number;
  labels: Record<string, string>;
  /** Made without a name of its own: goes with `rm -v`, `--rm` and `volume prune`. */
  anonymous: boolean;
  /** Does a container have it, one that ended counting too? */
  inUse: boolean;
}

export interface VolumePrune {
  /** Named ones too. */
  all?: boolean;
  /** Only those that this holds for. */
  matches?: (volume: Volume) => boolean;
}

/** What can be done with volumes. */
export interface Volumes {
  /** One that is there already stays as it is, as with Docker. Without a name it is given one. */
  create(wanted: { name?: string | undefined; labels?: Record<string, string>; anonymous?: boolean }): Promise<Volume>;
  /** By name. */
  list(): Promise<Volume[]>;
  /** @throws KeelsonError `VOLUME_NOT_FOUND` */
  inspect(name: string): Promise<Volume>;
  /** @throws KeelsonError `VOLUME_NOT_FOUND`, `VOLUME_IN_USE` */
  remove(name: string): Promise<void>;
  /** Removes volumes that no container has; anonymous ones unless `all`. */
  prune(which?: VolumePrune): Promise<{ removed: string[]; bytes: number }>;
}
