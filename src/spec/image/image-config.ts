import { type Fields, list, mapOf, object, optional } from '../schema/composites.ts';
import { boolean, integer, nonEmptyString, oneOf, string } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';
import { digestSchema } from './descriptor.ts';
import type { Platform } from './platform.ts';

/** What an image is and how it is run (config.md of image-spec 1.1), with Docker's additions that are in use. */
export interface ImageConfig extends Platform {
  /** RFC 3339. */
  created?: string | undefined;
  author?: string | undefined;
  config?: ExecutionConfig | undefined;
  rootfs: RootFs;
  /** One entry a step of the build, the first first. */
  history?: readonly HistoryEntry[] | undefined;
}

/** Defaults of a container of the image. */
export interface ExecutionConfig {
  /** `user`, `uid`, `user:group`, `uid:gid`, … */
  User?: string | undefined;
  /** `80/tcp`; the value is always `{}`. */
  ExposedPorts?: Readonly<Record<string, object>> | undefined;
  /** `NAME=value` each. */
  Env?: readonly string[] | undefined;
  Entrypoint?: readonly string[] | undefined;
  Cmd?: readonly string[] | undefined;
  /** Folders that get an anonymous volume; the value is always `{}`. */
  Volumes?: Readonly<Record<string, object>> | undefined;
  WorkingDir?: string | undefined;
  Labels?: Readonly<Record<string, string>> | undefined;
  /** Name or number of a signal. */
  StopSignal?: string | undefined;
  /** Docker: the Entrypoint and Cmd were one text each, for Windows. */
  ArgsEscaped?: boolean | undefined;
  /** Docker. */
  Healthcheck?: Healthcheck | undefined;
  /** Docker: steps that a build on top of this image runs first. */
  OnBuild?: readonly string[] | undefined;
  /** Docker: the shell of the shell form, `["/bin/sh", "-c"]` when missing. */
  Shell?: readonly string[] | undefined;
}

/** How to find out whether a container does its work. Times in nanoseconds; 0 or missing means inherited. */
export interface Healthcheck {
  /** `["NONE"]`, `["CMD", program, …]` or `["CMD-SHELL", text]`. */
  Test?: readonly string[] | undefined;
  Interval?: number | undefined;
  Timeout?: number | undefined;
  StartPeriod?: number | undefined;
  StartInterval?: number | undefined;
  Retries?: number | undefined;
}

/** The layers by the digest of their uncompressed content, the lowest first. */
export interface RootFs {
  type: 'layers';
  diff_ids: readonly string[];
}

/** A step of the build. */
export interface HistoryEntry {
  created?: string | undefined;
  author?: string | undefined;
  created_by?: string | undefined;
  comment?: string | undefined;
  /** It made no layer. */
  empty_layer?: boolean | undefined;
}

const nanoseconds = integer(0, 2 ** 63);
/** Any object; what is in it has no meaning. */
const mark: Schema<object> = object<object>({});

const healthcheckSchema: Schema<Healthcheck> = object<Healthcheck>({
  Test: optional(list(string)),
  Interval: optional(nanoseconds),
  Timeout: optional(nanoseconds),
  StartPeriod: optional(nanoseconds),
  StartInterval: optional(nanoseconds),
  Retries: optional(integer(0, 2 ** 31 - 1)),
});

const executionConfigSchema: Schema<ExecutionConfig> = object<ExecutionConfig>({
  User: optional(string),
  ExposedPorts: optional(mapOf(mark)),
  Env: optional(list(string)),
  Entrypoint: optional(list(string)),
  Cmd: optional(list(string)),
  Volumes: optional(mapOf(mark)),
  WorkingDir: optional(string),
  Labels: optional(mapOf(string)),
  StopSignal: optional(string),
  ArgsEscaped: optional(boolean),
  Healthcheck: optional(healthcheckSchema),
  OnBuild: optional(list(string)),
  Shell: optional(list(string)),
});

const historySchema: Schema<HistoryEntry> = object<HistoryEntry>({
  created: optional(string),
  author: optional(string),
  created_by: optional(string),
  comment: optional(string),
  empty_layer: optional(boolean),
});

const fields: Fields<ImageConfig> = {
  architecture: nonEmptyString,
  os: nonEmptyString,
  variant: optional(string),
  'os.version': optional(string),
  'os.features': optional(list(string)),
  created: optional(string),
  author: optional(string),
  config: optional(executionConfigSchema),
  rootfs: object<RootFs>({ type: oneOf(['layers']), diff_ids: list(digestSchema) }),
  history: optional(list(historySchema)),
};

const imageConfigSchema: Schema<ImageConfig> = object(fields);

/** @throws KeelsonError `IMAGE_CONFIG_INVALID` */
export function parseImageConfig(json: unknown): ImageConfig {
  return readDocument(imageConfigSchema, json, { code: 'IMAGE_CONFIG_INVALID', document: 'image configuration' });
}
