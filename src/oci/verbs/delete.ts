import { KeelsonError } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { containerStatus } from '../container-status.ts';
import { endContainer } from '../end-container.ts';
import { lockFolder } from '../folder-lock.ts';
import { releaseContainer } from '../release-container.ts';
import { StateFolder } from '../state-folder.ts';

/** Removes what is left of a container that has ended; with `--force` ends it before. */
export const remove: Command = {
  flags: { force: { letter: 'f' } },
  args: { least: 1, most: 1 },
  usage: 'delete [command options] <container-id>',
  purpose: 'delete any resources held by the container often used with detached container',
  async run(call) {
    const folder = new StateFolder(call.options.root, call.args[0] ?? '');
    const force = call.flags.on('force');
    if (!folder.exists()) {
      if (force) return 0;
      throw unknown();
    }
    using _ = await lockFolder(folder, call.context.pid);
    const state = folder.readUnfinished();
    if (state === undefined && !force && !folder.isClaimed) throw unknown();
    if (state === undefined) {
      // Whoever made it was killed before it made anything else, or whoever removed it when there was nothing else to do.
      folder.remove();
      return 0;
    }
    const status = containerStatus(folder, state);
    if (status !== 'stopped' && status !== 'created' && !force) {
      const message = `cannot delete container ${folder.id} that is not stopped: ${status}`;
      throw new KeelsonError('conflict', message, { code: 'CONTAINER_STATE' });
    }
    if (status !== 'stopped') await endContainer(call.context, state);
    await releaseContainer(call, folder, state);
    return 0;
  },
};

function unknown(): KeelsonError {
  return new KeelsonError('not-found', 'container does not exist', { code: 'CONTAINER_UNKNOWN' });
}
