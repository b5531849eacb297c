import type { Socket } from 'node:net';
import type { Architecture } from '../syscall-numbers.ts';
import { AgentProcess } from './agent-process.ts';
import { ChannelServer } from './channel-server.ts';

/** A process that came to us to have its calls decided; disposing of it lets it go. */
export interface LentAgent extends Disposable {
  kernel: AgentProcess;
}

/**
 * Takes a connection from a process that serves it as an agent: a front of keelson-runtime (native/front.c).
 * @param place where sockets for further channels are made, as for `ChannelServer`
 */
export function lentAgent(socket: Socket, place: { folder: string; name?: string }): LentAgent {
  let server: ChannelServer | undefined;
  const kernel = new AgentProcess(socket, {
    name: 'front',
    architecture: process.arch as Architecture,
    openChannel: (from) => {
      // Most commands need none.
      server ??= new ChannelServer(place.folder, place.name);
      if (!server.isListening) server.listen(kernel);
      return server.open(from);
    },
  });
  return {
    kernel,
    [Symbol.dispose]() {
      kernel.release();
      server?.dispose();
    },
  };
}
