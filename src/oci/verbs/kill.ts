import { invalid, KeelsonError } from '../../base/index.ts';
import { signalBy, signalNumber } from '../../runtime/index.ts';
import { findNamespace } from '../../spec/index.ts';
import { withProcess } from '../agent-kernel.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import { isAlive } from '../container-status.ts';
import { findContainer } from '../find-container.ts';

const SIGKILL = 9;

/** Signals the first process of a container, or all. Takes no lock: a kill must not wait for what hangs. */
export const kill: Command = {
  flags: { all: { letter: 'a' } },
  args: { least: 1, most: 2 },
  usage: 'kill [command options] <container-id> [signal]',
  purpose: "kill sends the specified signal (default: SIGTERM) to the container's init process",
  async run(call) {
    const { context } = call;
    const { state, status } = findContainer(call);
    const signal = parseSignal(call.args[1] ?? 'SIGTERM');
    const all = call.flags.on('all');
    if (status === 'stopped' && !all) {
      throw new KeelsonError('conflict', 'container not running', { code: 'CONTAINER_STATE' });
    }
    const cgroup = containerCgroup(state);
    // Nobody ends the others with it where its process 1 is not one of the container's own.
    const own = findNamespace(state.config.spec.linux?.namespaces, 'pid');
    if (all || (signal === SIGKILL && own === undefined)) {
      await withProcess(context, (kernel) => cgroup.kill(kernel, signal));
    }
    const target = { pids: [state.init_process_pid], signal, isMeant: () => isAlive(state) };
    if (status !== 'stopped') await withProcess(context, (kernel) => signalBy(kernel, target));
    // A frozen process does not end before it is let go.
    if (status === 'paused' && signal === SIGKILL) await withProcess(context, (kernel) => cgroup.thaw(kernel));
    return 0;
  },
};

function parseSignal(text: string): number {
  try {
    return signalNumber(text);
  } catch {
    throw invalid('SIGNAL_UNKNOWN', `unknown signal ${JSON.stringify(text)}`);
  }
}
