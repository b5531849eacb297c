import type { Child, ExitEvent, Fd, Kernel } from '../kernel/index.ts';
import {
  AF_UNIX,
  AT_FDCWD,
  EXIT_EVENT_SIZE,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  SOCK_STREAM,
  unixAddress,
} from '../kernel/index.ts';
import type { LaunchPlan, MonitorPlan } from './launch-plan.ts';

/**
 * In the batch that lets the child go on, and behind that: a program always has its monitor, also when the engine dies
 * as it starts; and the child of an engine that died before never waits for a runtime that stays because of it.
 */
export function monitor(runtime: Kernel, child: Child, plan: LaunchPlan): Promise<ExitEvent> {
  if (plan.adopted) return new Promise(() => undefined);
  runtime.step('Monitor', 'wait for the container to end');
  const statusFile = plan.monitor && openMonitor(runtime, plan.monitor);
  const { exited } = runtime.watch(child.pidfd, {
    stay: plan.monitor !== undefined,
    ...(statusFile === undefined ? {} : { statusFile }),
    ...cleanup(plan.monitor),
  });
  return exited;
}

function openMonitor(runtime: Kernel, plan: MonitorPlan): Fd {
  const listener = runtime.socket(AF_UNIX, SOCK_STREAM, 0);
  runtime.umask(0o077);
  // By a relative path, from the folder we work in: the whole one can be longer than the 107 bytes of a socket's address.
  runtime.bind(listener, unixAddress('monitor.sock'));
  runtime.listen(listener, 16);
  runtime.serve(listener);
  const file = runtime.openat(AT_FDCWD, `${plan.folder}/exit`, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
  // The disk may be full by then: the place for it is taken now. Zeros are no event, every one has a time.
  runtime.write(file, Buffer.alloc(EXIT_EVENT_SIZE));
  return file;
}

function cleanup(monitor: MonitorPlan | undefined): { afterwards?: (kernel: Kernel) => void } {
  const program = monitor?.cleanup;
  if (!program) return {};
  const afterwards = (kernel: Kernel) => {
    // Away from the container's folder: it may go before the program has begun.
    kernel.chdir('/');
    kernel.execve(program.path, program.argv, program.environment);
  };
  return { afterwards };
}
