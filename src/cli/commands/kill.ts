import { defineCommand } from '../command.ts';
import { single } from '../flags/make-flag.ts';
import { forEachContainer } from '../for-each-container.ts';
import { signalName } from '../values/signal-name.ts';

export const command = defineCommand({
  name: 'kill',
  operands: { usage: 'CONTAINER...', min: 1, complete: 'container' },
  examples: [
    ['kill web', 'End it at once (SIGKILL)'],
    ['kill -s HUP web', 'Many servers read their configuration again'],
  ],
  flags: {
    signal: single('SIGNAL', 'By name or number (default SIGKILL)', { short: 's', parse: signalName }),
  },
  run: ({ values, words }, context) =>
    forEachContainer(words, context, async (engine, reference) => {
      await engine.kill(reference, values.signal);
      return undefined;
    }),
});
