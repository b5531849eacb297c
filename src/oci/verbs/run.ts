import { bundleFlags } from '../bundle-flags.ts';
import type { Command } from '../command.ts';
import { ForegroundTerminal } from '../foreground-terminal.ts';
import { HeldSignals } from '../held-signals.ts';
import { makeContainer } from '../make-container.ts';
import { releaseContainer } from '../release-container.ts';
import { runStateHooks } from '../state-hooks.ts';
import { waitForeground } from '../wait-foreground.ts';

/** Makes and starts a container; waits for its end and gives its status, unless `--detach`. */
export const run: Command = {
  flags: { ...bundleFlags, detach: { letter: 'd' }, keep: {}, 'no-subreaper': {} },
  args: { least: 1, most: 1 },
  usage: 'run [command options] <container-id>',
  purpose: 'create and run a container',
  failure: { text: 'run failed', named: true, exitCode: 1 },
  async run(call) {
    const detached = call.flags.on('detach');
    using signals = detached ? undefined : new HeldSignals(call.context);
    using terminal = new ForegroundTerminal();
    const { folder, state, launched, lock } = await makeContainer(call, { gated: false, detached, terminal });
    lock[Symbol.dispose]();
    try {
      await runStateHooks(call, 'poststart', { state, status: 'running' });
    } catch (error) {
      await releaseContainer(call, folder, state);
      launched.monitor.release();
      throw error;
    }
    if (signals === undefined) {
      launched.monitor.release();
      await launched.monitor.closed;
      return 0;
    }
    const status = await waitForeground(launched, { terminal, signals });
    if (!call.flags.on('keep')) await releaseContainer(call, folder, state);
    return status;
  },
};
