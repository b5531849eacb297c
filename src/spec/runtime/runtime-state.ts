import { mapOf, object, optional } from '../schema/composites.ts';
import { integer, nonEmptyString, oneOf, string } from '../schema/scalars.ts';
import { readDocument, type Schema } from '../schema/schema.ts';

/** The life of a container (runtime.md#state). `paused` is no state of the specification, but every runtime prints it. */
export const RUNTIME_STATUSES = ['creating', 'created', 'running', 'stopped', 'paused'] as const;

export type RuntimeStatus = (typeof RUNTIME_STATUSES)[number];

/** What `state` prints and what a hook reads from standard input. */
export interface RuntimeState {
  ociVersion: string;
  id: string;
  status: RuntimeStatus;
  /** Of the container's first process, as the host sees it; only while created or running. */
  pid?: number | undefined;
  /** Absolute path. */
  bundle: string;
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** PID_MAX_LIMIT of 64-bit Linux. */
const PID_MAX = 2 ** 22;

const runtimeStateSchema: Schema<RuntimeState> = object<RuntimeState>({
  ociVersion: string,
  id: nonEmptyString,
  status: oneOf(RUNTIME_STATUSES),
  pid: optional(integer(0, PID_MAX)),
  bundle: nonEmptyString,
  annotations: optional(mapOf(string)),
});

/** Reads what a runtime's `state` printed. @throws KeelsonError `STATE_INVALID` */
export function parseRuntimeState(json: unknown): RuntimeState {
  return readDocument(runtimeStateSchema, json, { code: 'STATE_INVALID', document: 'container state' });
}

/** What a seccomp agent reads from its socket, with the descriptors named in `fds` (config-linux.md). */
export interface ContainerProcessState {
  ociVersion: string;
  /** `seccompFd`, in the order of the descriptors in the SCM_RIGHTS message. */
  fds?: readonly string[] | undefined;
  pid: number;
  /** `listenerMetadata` of the specification. */
  metadata?: string | undefined;
  state: RuntimeState;
}
