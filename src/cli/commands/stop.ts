import { defineCommand } from '../command.ts';
import { single } from '../flags/make-flag.ts';
import { forEachContainer } from '../for-each-container.ts';
import { wholeNumber } from '../values/whole-number.ts';

export const command = defineCommand({
  name: 'stop',
  operands: { usage: 'CONTAINER...', min: 1, complete: 'container' },
  description: "Sends the container's stop signal (SIGTERM unless it has another), and SIGKILL when the time is over.",
  examples: [
    ['stop web', 'Ten seconds to end, unless the container was made with another time'],
    ['stop -t 0 web db', 'At once'],
  ],
  flags: {
    timeout: single(
      'SECONDS',
      "How long to wait before SIGKILL (default: the container's own, 10); -1 waits for ever",
      {
        short: 't',
        aliases: ['time'],
        parse: wholeNumber({ min: -1 }),
      },
    ),
  },
  unsupported: {
    signal: 'a container is stopped by its own stop signal; keelson kill -s sends another',
    s: 'use keelson kill -s',
  },
  run: ({ values, words }, context) =>
    forEachContainer(words, context, async (engine, reference) => {
      await engine.stop(reference, values.timeout);
      return undefined;
    }),
});
