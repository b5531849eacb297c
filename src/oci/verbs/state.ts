import type { Command } from '../command.ts';
import { describeContainer } from '../describe-container.ts';
import { findContainer } from '../find-container.ts';

/** Prints what a container is and does, as JSON. */
export const state: Command = {
  flags: {},
  args: { least: 1, most: 1 },
  usage: 'state <container-id>',
  purpose: 'output the state of a container',
  async run(call) {
    const found = findContainer(call);
    call.context.print(JSON.stringify(describeContainer(found, ''), null, 2));
    return 0;
  },
};
