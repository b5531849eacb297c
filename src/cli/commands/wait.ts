import { defineCommand } from '../command.ts';
import { forEachContainer } from '../for-each-container.ts';

export const command = defineCommand({
  name: 'wait',
  operands: { usage: 'CONTAINER...', min: 1, complete: 'container' },
  examples: [['wait job', 'Prints 0 when it has ended well']],
  flags: {},
  run: ({ words }, context) =>
    forEachContainer(words, context, async (engine, reference) => `${(await engine.wait(reference)).exitCode}`),
});
