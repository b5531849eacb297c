import { list, object, optional } from '../schema/composites.ts';
import { boolean, integer, nonEmptyString, string, uint64 } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';
import { type Capabilities, capabilitiesSchema } from './capabilities.ts';
import { type ExecCpuAffinity, execCpuAffinitySchema } from './exec-cpu-affinity.ts';
import { type IoPriority, ioPrioritySchema } from './io-priority.ts';
import { type Rlimit, rlimitSchema } from './rlimit.ts';
import { type Scheduler, schedulerSchema } from './scheduler.ts';
import { type User, userSchema } from './user.ts';

/** A process: the container's first, or one that `exec` adds. */
export interface Process {
  /** Give it a pseudo-terminal as standard input, output and error. */
  terminal?: boolean | undefined;
  /** First size of that terminal; ignored without one. */
  consoleSize?: ConsoleSize | undefined;
  user?: User | undefined;
  /** Program and arguments; the program is looked up in PATH of `env` when it has no slash. */
  args?: readonly string[] | undefined;
  /** `NAME=value` each. */
  env?: readonly string[] | undefined;
  /** Working directory, absolute, in the container. */
  cwd: string;
  capabilities?: Capabilities | undefined;
  rlimits?: readonly Rlimit[] | undefined;
  /** PR_SET_NO_NEW_PRIVS: no set-user-id program and no file capability adds privilege any more. */
  noNewPrivileges?: boolean | undefined;
  apparmorProfile?: string | undefined;
  selinuxLabel?: string | undefined;
  /** /proc/PID/oom_score_adj, -1000 to 1000; left alone when missing. */
  oomScoreAdj?: number | undefined;
  scheduler?: Scheduler | undefined;
  ioPriority?: IoPriority | undefined;
  /** For `exec` only, not for the container's first process. */
  execCPUAffinity?: ExecCpuAffinity | undefined;
}

/** In characters. */
export interface ConsoleSize {
  height: number;
  width: number;
}

const consoleSizeSchema: Schema<ConsoleSize> = object<ConsoleSize>({ height: uint64, width: uint64 });

export const processSchema: Schema<Process> = object<Process>({
  terminal: optional(boolean),
  consoleSize: optional(consoleSizeSchema),
  user: optional(userSchema),
  args: optional(list(string)),
  env: optional(list(string)),
  cwd: nonEmptyString,
  capabilities: optional(capabilitiesSchema),
  rlimits: optional(list(rlimitSchema)),
  noNewPrivileges: optional(boolean),
  apparmorProfile: optional(string),
  selinuxLabel: optional(string),
  oomScoreAdj: optional(integer(-1000, 1000)),
  scheduler: optional(schedulerSchema),
  ioPriority: optional(ioPrioritySchema),
  execCPUAffinity: optional(execCpuAffinitySchema),
});
