import type { Call, Kernel, Value } from '../../kernel/index.ts';
import { EPERM, SyscallError } from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES, type Scheduler } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { maskOfList } from './number-list.ts';

const HEADING = 'Limits (cgroups)';
/** struct sched_attr of Linux 3.14, without the two clamps of 5.3, for which the specification has no values. */
const SCHED_ATTR_SIZE = 48;
/** Linux has no more in any configuration (NR_CPUS of x86). */
const MAX_CPUS = 8192;

/**
 * How the processor and the disks take turns with the process: sched_setattr(2), ioprio_set(2). `pid` 0 is the process
 * itself; in a user namespace it has no right to, and somebody outside does it.
 */
export function setScheduling(kernel: Kernel, spec: RuntimeSpec, pid: Value | 0 = 0): void {
  const { scheduler, ioPriority } = spec.process ?? {};
  if (scheduler) {
    kernel.step(HEADING, `schedule by ${scheduler.policy}`, 'process.scheduler');
    kernel.schedSetattr(pid, schedulerBytes(scheduler), { failure: refusedScheduler });
  }
  if (ioPriority) {
    kernel.step(HEADING, `take turns at the disks by ${ioPriority.class}`, 'process.ioPriority');
    const number = IO_PRIORITY_CLASSES.indexOf(ioPriority.class) + 1;
    kernel.ioprioSet(pid, (number << 13) | (ioPriority.priority ?? 0));
  }
}

function schedulerBytes(scheduler: Scheduler): Buffer {
  const { policy, flags = [], nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = scheduler;
  const bytes = Buffer.alloc(SCHED_ATTR_SIZE);
  bytes.writeUInt32LE(SCHED_ATTR_SIZE, 0);
  bytes.writeUInt32LE(SCHEDULER_POLICIES.indexOf(policy), 4);
  // Both lists of the specification are in the order of the kernel's numbers (linux/sched.h).
  bytes.writeBigUInt64LE(BigInt(flags.reduce((all, flag) => all | (1 << SCHEDULER_FLAGS.indexOf(flag)), 0)), 8);
  bytes.writeInt32LE(nice, 16);
  bytes.writeUInt32LE(priority, 20);
  bytes.writeBigUInt64LE(BigInt(runtime), 24);
  bytes.writeBigUInt64LE(BigInt(deadline), 32);
  bytes.writeBigUInt64LE(BigInt(period), 40);
  return bytes;
}

function refusedScheduler(errno: number, call: Call): Error {
  const hint =
    errno === EPERM
      ? 'real-time policies need CAP_SYS_NICE, and a cgroup with real-time bandwidth (sched(7))'
      : undefined;
  return new SyscallError(call, errno, hint);
}

/** On which CPUs a process that `exec` adds runs, before and after it moves into the container's cgroup. */
export function setExecAffinity({ kernel, spec }: InitContext, when: 'initial' | 'final'): void {
  const list = spec.process?.execCPUAffinity?.[when];
  if (!list) return;
  kernel.step(HEADING, `run on the CPUs ${list}`, `process.execCPUAffinity.${when}`);
  kernel.schedSetaffinity(0, maskOfList(list, MAX_CPUS));
}
