import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import type { Command } from '../command.ts';
import { findContainer } from '../find-container.ts';
import { lockFolder } from '../folder-lock.ts';
import { StateFolder } from '../state-folder.ts';

/** Lets the program of a created container go. */
export const start: Command = {
  flags: {},
  args: { least: 1, most: 1 },
  usage: 'start <container-id>',
  purpose: 'executes the user defined process in a created container',
  async run(call) {
    const [id = ''] = call.args;
    new StateFolder(call.options.root, id).read();
    using _ = await lockFolder(new StateFolder(call.options.root, id), call.context.pid);
    const { folder, status } = findContainer(call);
    if (status === 'stopped') throw refused('cannot start a container that has stopped');
    if (status === 'running') throw refused('cannot start an already running container');
    openGate(folder.gate);
    return 0;
  },
};

/** The container holds the reading end, so nothing here waits. */
function openGate(path: string): void {
  const gate = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    writeSync(gate, '0');
  } finally {
    closeSync(gate);
  }
  // Gone: it runs.
  rmSync(path, { force: true });
}

function refused(message: string): KeelsonError {
  return new KeelsonError('conflict', message, { code: 'CONTAINER_STATE' });
}
