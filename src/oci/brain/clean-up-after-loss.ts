import { KeelsonError } from '../../base/index.ts';
import type { CommandCall } from '../command.ts';
import { isLockedBy } from '../folder-lock.ts';
import { main } from '../main.ts';
import type { OciContext } from '../oci-context.ts';
import { releaseContainer } from '../release-container.ts';
import { StateFolder } from '../state-folder.ts';

/** Commands that make a container or remove it. */
const CHANGING = ['create', 'run', 'restore', 'delete'];

/**
 * Ends a command whose brain was killed in the middle. What had been done is not known, so it is not done again; a
 * container that was being made or removed, which is one whose folder the caller still locks, is removed.
 */
export function cleanUpAfterLoss(words: readonly string[], context: OciContext): Promise<number> {
  return main(words, context, async (_command, call, name) => {
    const { options, args } = call;
    if (CHANGING.includes(name)) await removeUnfinished(call, new StateFolder(options.root, args[0] ?? ''));
    throw new KeelsonError('unavailable', 'the process that carried out the command was killed', {
      code: 'BRAIN_LOST',
    });
  });
}

async function removeUnfinished(call: CommandCall, folder: StateFolder): Promise<void> {
  // Killed between the making of the folder and its lock: nobody else makes one of this name while it is there.
  if (folder.removeEmpty() || !isLockedBy(folder, call.context.pid)) return;
  const state = folder.readUnfinished();
  if (state === undefined) folder.remove();
  else await releaseContainer(call, folder, state);
}
