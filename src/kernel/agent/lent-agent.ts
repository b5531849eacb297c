import type { Socket } from 'node:net';
import type { Architecture } from '../syscall-numbers.ts';
import { AgentProcess } from './agent-process.ts';
import { ChannelServer } from './channel-server.ts';

/** A process that came to us to have its calls decided; disposing of it lets it go. */
export interface LentAgent extends Disposable {
  kernel: AgentProcess;
  /** Has it make the socket for further channels, before the first is needed. Resolves when it is there, or never will. */
  prepareChannels(): Promise<void>;
}

/**
 * Takes a connection from a process that serves it as an agent: a front of keelson-runtime (native/front.c).
 * @param place where sockets for further channels are made, as for `ChannelServer`
 */
export function lentAgent(socket: Socket, place: { folder: string; name?: string }): LentAgent {
  let channels: { server: ChannelServer; listening: Promise<void> } | undefined;
  // Most commands need none.
  const open = () => {
    if (channels !== undefined) return channels;
    const server = new ChannelServer(place.folder, place.name);
    channels = { server, listening: server.listen(kernel) };
    return channels;
  };
  const kernel = new AgentProcess(socket, {
    name: 'front',
    architecture: process.arch as Architecture,
    openChannel: (from) => open().server.open(from),
  });
  return {
    kernel,
    prepareChannels: () => open().listening,
    [Symbol.dispose]() {
      kernel.release();
      channels?.server.dispose();
    },
  };
}
