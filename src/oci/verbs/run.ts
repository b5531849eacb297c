import { bundleFlags } from '../bundle-flags.ts';
import type { Command } from '../command.ts';
import { ForegroundTerminal } from '../foreground-terminal.ts';
import { HeldSignals } from '../held-signals.ts';
import { makeContainer } from '../make-container.ts';
import { releaseContainer, releaseEnded } from '../release-container.ts';
import { runStateHooks } from '../state-hooks.ts';
import { waitUnlessDetached } from '../wait-foreground.ts';

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
    const status = await waitUnlessDetached(launched, { terminal, signals });
    if (!detached && !call.flags.on('keep')) await releaseEnded(call, folder, state);
    return status;
  },
};
