import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { KeelsonError } from '../../base/index.ts';
import { runStartHooksIn } from '../../runtime/index.ts';
import { callerRights } from '../caller-rights.ts';
import type { Command, CommandCall } from '../command.ts';
import { attachingDriver } from '../container-cgroup.ts';
import { bundleOf, type ContainerState } from '../container-state.ts';
import { endContainer } from '../end-container.ts';
import { findContainer } from '../find-container.ts';
import { lockFolder } from '../folder-lock.ts';
import { pidInside } from '../pid-inside.ts';
import { StateFolder } from '../state-folder.ts';
import { hookSurroundings, runStateHooks } from '../state-hooks.ts';

/** Lets the program of a created container go. */
export const start: Command = {
  flags: {},
  args: { least: 1, most: 1 },
  usage: 'start <container-id>',
  purpose: 'executes the user defined process in a created container',
  async run(call) {
    const [id = ''] = call.args;
    using _ = await lockFolder(new StateFolder(call.options.root, id), call.context.pid);
    const { folder, state, status } = findContainer(call);
    if (status === 'stopped') throw refused('cannot start a container that has stopped');
    if (status === 'running') throw refused('cannot start an already running container');
    try {
      await runStartHooks(call, state);
      openGate(folder.gate);
      await runStateHooks(call, 'poststart', { state, status: 'running' });
    } catch (error) {
      // A container of which a hook failed must not run (runtime.md#lifecycle).
      await endContainer(call.context, state);
      throw error;
    }
    return 0;
  },
};

/** In the container, while its program waits: whoever made it has gone. */
async function runStartHooks(call: CommandCall, state: ContainerState): Promise<void> {
  const { id, config, init_process_pid: pid } = state;
  if (!config.spec.hooks?.startContainer?.length) return;
  await runStartHooksIn(
    await call.context.openRuntime(),
    { pid, inside: pidInside(pid) },
    {
      ...callerRights(call),
      id,
      spec: config.spec,
      root: { kind: 'folder', path: '/' },
      cgroupPaths: state.cgroup_paths,
      stdio: { stdin: 'none', stdout: 'none', stderr: 'none' },
      setHome: true,
      cgroupDriver: await attachingDriver(call.context, state),
      hooks: hookSurroundings(bundleOf(state), call),
    },
  );
}

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
