import { criuFlags } from '../checkpoint/criu-settings.ts';
import { restoreContainer } from '../checkpoint/restore-container.ts';
import type { Command } from '../command.ts';
import { ForegroundTerminal } from '../foreground-terminal.ts';
import { HeldSignals } from '../held-signals.ts';
import { releaseEnded } from '../release-container.ts';
import { waitUnlessDetached } from '../wait-foreground.ts';

/** Makes a container go on from where `checkpoint` saved it; waits for its end and gives its status, unless `--detach`. */
export const restore: Command = {
  flags: {
    ...criuFlags,
    'console-socket': { value: true },
    bundle: { letter: 'b', value: true },
    detach: { letter: 'd' },
    'pid-file': { value: true },
    'no-subreaper': {},
    'no-pivot': {},
    'lsm-profile': { value: true },
    'lsm-mount-context': { value: true },
  },
  args: { least: 1, most: 1 },
  usage: 'restore [command options] <container-id>',
  purpose: 'restore a container from a previous checkpoint',
  async run(call) {
    const detached = call.flags.on('detach');
    using signals = detached ? undefined : new HeldSignals(call.context);
    using terminal = new ForegroundTerminal();
    const made = await restoreContainer(call, { detached, terminal });
    made.lock[Symbol.dispose]();
    const status = await waitUnlessDetached(made.launched, { terminal, signals });
    if (!detached) await releaseEnded(call, made.folder, made.state);
    return status;
  },
};
