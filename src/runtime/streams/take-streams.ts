import { type Fd, TIOCSCTTY } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import type { ContainerStreams } from './container-streams.ts';

/** Makes the prepared streams, or the terminal, 0, 1 and 2. */
export function takeStreams(context: InitContext, streams: ContainerStreams, terminal: Fd | undefined): void {
  const { kernel } = context;
  if (terminal === undefined && !streams.inside) return;
  kernel.step('Terminal and streams', 'take the standard streams');
  const inside = streams.inside ?? [terminal ?? 0, terminal ?? 0, terminal ?? 0];
  if (terminal !== undefined) kernel.ioctl(terminal, TIOCSCTTY, 0);
  inside.forEach((fd, place) => {
    kernel.dup3(fd, place, 0);
  });
}
