import { bundleFlags } from '../bundle-flags.ts';
import type { Command } from '../command.ts';
import { makeContainer } from '../make-container.ts';

/** Makes a container whose program waits for `start`, and leaves it to whoever adopts our children. */
export const create: Command = {
  flags: bundleFlags,
  args: { least: 1, most: 1 },
  usage: 'create [command options] <container-id>',
  purpose: 'create a container',
  failure: { text: 'create failed', named: true, exitCode: 1 },
  async run(call) {
    const { host, launched, lock } = await makeContainer(call, { gated: true, detached: true });
    // Last, for what a command leaves that fails by the end of its brain is told by the lock.
    using _ = lock;
    // Its init goes to the nearest subreaper then, which must have happened before our caller looks for it.
    launched.monitor.release();
    await launched.monitor.closed;
    await host[Symbol.asyncDispose]();
    return 0;
  },
};
