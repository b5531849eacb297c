import { type Fields, list, mapOf, object, optional } from '../schema/composites.ts';
import { string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';
import { type Hooks, hooksSchema } from './hooks.ts';
import { type Linux, linuxSchema } from './linux.ts';
import { type Mount, mountSchema } from './mount.ts';
import { type Process, processSchema } from './process.ts';
import { type Root, rootSchema } from './root.ts';

/** The version of the OCI runtime specification that these types follow. */
export const OCI_VERSION = '1.3.0';

/**
 * `config.json` of a bundle: what an OCI runtime makes a container from. The Linux part of version 1.3
 * (https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md), names as there.
 */
export interface RuntimeSpec {
  /** The version that the author wrote for, SemVer 2.0.0. */
  ociVersion: string;
  /** What to run. Optional in the text, but no runtime creates a container without it. */
  process?: Process | undefined;
  /** The root file system. Required on Linux. */
  root?: Root | undefined;
  /** Set in the container's UTS namespace. */
  hostname?: string | undefined;
  /** NIS domain name, set in the container's UTS namespace. */
  domainname?: string | undefined;
  /** Mounted in this order. */
  mounts?: readonly Mount[] | undefined;
  hooks?: Hooks | undefined;
  /** Free data; keys are reverse domain names by custom. */
  annotations?: Readonly<Record<string, string>> | undefined;
  linux?: Linux | undefined;
}

const fields: Fields<RuntimeSpec> = {
  ociVersion: string,
  process: optional(processSchema),
  root: optional(rootSchema),
  hostname: optional(string),
  domainname: optional(string),
  mounts: optional(list(mountSchema)),
  hooks: optional(hooksSchema),
  annotations: optional(mapOf(string)),
  linux: optional(linuxSchema),
};

export const runtimeSpecSchema: Schema<RuntimeSpec> = object(fields);
