import type { Child, Fd, Kernel } from '../kernel/index.ts';
import { AF_UNIX, SOCK_STREAM, unixAddress } from '../kernel/index.ts';
import type { LaunchPlan } from './launch-plan.ts';

/** Connects before anything is made, and while the path is still one of the caller's mount namespace. */
export function connectPidfdSocket(runtime: Kernel, { pidfdSocket }: LaunchPlan): Fd | undefined {
  if (pidfdSocket === undefined) return undefined;
  runtime.step('Start', `connect to ${pidfdSocket}`, '--pidfd-socket');
  const socket = runtime.socket(AF_UNIX, SOCK_STREAM, 0);
  runtime.connect(socket, unixAddress(pidfdSocket));
  return socket;
}

/** Hands a descriptor of the process to whoever listens there. */
export function sendPidfd(runtime: Kernel, child: Child, socket: Fd | undefined): void {
  if (socket === undefined) return;
  runtime.step('Start', 'hand over a descriptor of the process', '--pidfd-socket');
  runtime.sendDescriptor(socket, child.pidfd);
  runtime.close(socket);
}
