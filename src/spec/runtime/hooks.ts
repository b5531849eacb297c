import { list, object, optional } from '../schema/composites.ts';
import { int64, nonEmptyString, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** A program that is run at a point of the container's life, with the container's state on standard input. */
export interface Hook {
  /** Absolute. */
  path: string;
  /** argv, with the program's own name first. */
  args?: readonly string[] | undefined;
  env?: readonly string[] | undefined;
  /** Seconds until it is killed; at least 1. */
  timeout?: number | undefined;
}

/** In the order in which they run. */
export interface Hooks {
  /** After the namespaces exist, in those of the runtime. Deprecated, but what NVIDIA's toolkit long used. */
  prestart?: readonly Hook[] | undefined;
  /** As `prestart`, right after it. */
  createRuntime?: readonly Hook[] | undefined;
  /** Before pivot_root, path from the host, in the container's namespaces. */
  createContainer?: readonly Hook[] | undefined;
  /** Upon `start`, before the program, path and namespaces of the container. */
  startContainer?: readonly Hook[] | undefined;
  /** After the program was started, in the runtime's namespaces. */
  poststart?: readonly Hook[] | undefined;
  /** After the container was deleted, in the runtime's namespaces. */
  poststop?: readonly Hook[] | undefined;
}

/** Names of all kinds of hook, in the order in which they run. */
export const HOOK_KINDS = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const satisfies readonly (keyof Hooks)[];

const hookSchema: Schema<Hook> = object<Hook>({
  path: nonEmptyString,
  args: optional(list(string)),
  env: optional(list(string)),
  timeout: optional(int64),
});

const hooks = optional(list(hookSchema));

export const hooksSchema: Schema<Hooks> = object<Hooks>({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
});
