import { KeelsonError } from '../../base/index.ts';
import { withProcess } from '../agent-kernel.ts';
import type { Command } from '../command.ts';
import { containerCgroup } from '../container-cgroup.ts';
import { findContainer } from '../find-container.ts';

/** Stops every process of a container where it is. */
export const pause: Command = {
  flags: {},
  args: { least: 1, most: 1 },
  usage: 'pause <container-id>',
  purpose: 'pause suspends all processes inside the container',
  async run(call) {
    const { state, status } = findContainer(call);
    if (status !== 'running' && status !== 'created') {
      throw new KeelsonError('conflict', 'container not running', { code: 'CONTAINER_STATE' });
    }
    await withProcess(call.context, (kernel) => containerCgroup(state).freeze(kernel));
    return 0;
  },
};

/** Lets them go on. */
export const resume: Command = {
  flags: {},
  args: { least: 1, most: 1 },
  usage: 'resume <container-id>',
  purpose: 'resumes all processes that have been previously paused',
  async run(call) {
    const { state, status } = findContainer(call);
    if (status !== 'paused') throw new KeelsonError('conflict', 'container not paused', { code: 'CONTAINER_STATE' });
    await withProcess(call.context, (kernel) => containerCgroup(state).thaw(kernel));
    return 0;
  },
};
