import { setTimeout as sleep } from 'node:timers/promises';
import { KeelsonError } from '../../base/index.ts';
import { signalBy } from '../../runtime/index.ts';
import { withProcess } from '../agent-kernel.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import type { ContainerState } from '../container-state.ts';
import { containerStatus, isAlive } from '../container-status.ts';
import { lockFolder } from '../folder-lock.ts';
import type { OciContext } from '../oci-context.ts';
import { releaseContainer } from '../release-container.ts';
import { StateFolder } from '../state-folder.ts';

const SIGKILL = 9;
/** Milliseconds that a killed process gets to go; it may have much memory to give back. */
const PATIENCE = 10_000;

/** Removes what is left of a container that has ended; with `--force` ends it before. */
export const remove: Command = {
  flags: { force: { letter: 'f' } },
  args: { least: 1, most: 1 },
  usage: 'delete [command options] <container-id>',
  purpose: 'delete any resources held by the container often used with detached container',
  async run(call) {
    const folder = new StateFolder(call.options.root, call.args[0] ?? '');
    const force = call.flags.on('force');
    if (!folder.exists() && force) return 0;
    if (!folder.exists()) throw unknown();
    using _ = await lockFolder(folder, call.context.pid);
    const state = folder.readUnfinished();
    if (state === undefined && !force) throw unknown();
    if (state === undefined) {
      // Whoever made it was killed before it made anything else.
      folder.remove();
      return 0;
    }
    const status = containerStatus(folder, state);
    if (status !== 'stopped' && status !== 'created' && !force) {
      const message = `cannot delete container ${folder.id} that is not stopped: ${status}`;
      throw new KeelsonError('conflict', message, { code: 'CONTAINER_STATE' });
    }
    if (status !== 'stopped') await end(call.context, state);
    await releaseContainer(call.context, folder, state);
    return 0;
  },
};

async function end(context: OciContext, state: ContainerState): Promise<void> {
  const target = { pids: [state.init_process_pid], signal: SIGKILL, isMeant: () => isAlive(state) };
  await withProcess(context, (kernel) => signalBy(kernel, target));
  const cgroup = containerCgroup(state);
  if (cgroup.state() !== 'running') await withProcess(context, (kernel) => cgroup.thaw(kernel));
  for (const started = Date.now(); isAlive(state); await sleep(2)) {
    if (Date.now() - started < PATIENCE) continue;
    throw new KeelsonError('conflict', 'container init still running', { code: 'CONTAINER_STATE' });
  }
}

function unknown(): KeelsonError {
  return new KeelsonError('not-found', 'container does not exist', { code: 'CONTAINER_UNKNOWN' });
}
