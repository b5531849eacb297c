import { KeelsonError } from '../../base/index.ts';
import { criuFlags } from '../checkpoint/criu-settings.ts';
import { dumpContainer } from '../checkpoint/dump-container.ts';
import type { Command } from '../command.ts';
import { findContainer } from '../find-container.ts';
import { lockFolder } from '../folder-lock.ts';
import { releaseContainer } from '../release-container.ts';

/** Saves a container's processes to files, and ends it unless it is to go on. */
export const checkpoint: Command = {
  flags: {
    ...criuFlags,
    'parent-path': { value: true },
    'leave-running': {},
    'tcp-skip-in-flight': {},
    'status-fd': { value: true, form: 'number' },
    'page-server': { value: true },
    'pre-dump': {},
  },
  args: { least: 1, most: 1 },
  usage: 'checkpoint [command options] <container-id>',
  purpose: 'checkpoint a running container',
  async run(call) {
    const { folder } = findContainer(call);
    using _ = await lockFolder(folder, call.context.pid);
    const { state, status } = findContainer(call);
    if (status === 'created' || status === 'stopped') {
      throw new KeelsonError('conflict', `Container cannot be checkpointed in ${status} state`, {
        code: 'CONTAINER_STATE',
      });
    }
    await dumpContainer(call, state);
    if (!call.flags.on('leave-running') && !call.flags.on('pre-dump')) await releaseContainer(call, folder, state);
    return 0;
  },
};
