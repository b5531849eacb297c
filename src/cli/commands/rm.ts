import { isKeelsonError } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { forEachContainer } from '../for-each-container.ts';

export const command = defineCommand({
  name: 'rm',
  operands: { usage: 'CONTAINER...', min: 1, complete: 'container' },
  examples: [
    ['rm web', 'A container that has ended, with everything that it wrote'],
    ['rm -f web', 'Also one that runs'],
    ['rm $(keelson ps -aq)', 'All that have ended'],
  ],
  flags: {
    force: toggle('Also those that run (SIGKILL); no error for one that does not exist', { short: 'f' }),
    volumes: toggle('Remove their anonymous volumes too', { short: 'v' }),
  },
  unsupported: { link: 'containers are not linked', l: 'containers are not linked' },
  run: ({ values: { force, volumes }, words }, context) =>
    forEachContainer(words, context, async (engine, reference) => {
      try {
        await engine.remove(reference, { force, volumes });
      } catch (error) {
        // Docker's rule: what is to be gone by force and is not there is no failure.
        if (!force || !isKeelsonError(error, 'not-found')) throw error;
        context.stderr.write(`keelson: ${error.message}\n`);
      }
      return undefined;
    }),
});
