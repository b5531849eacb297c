import { isKeelsonError } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { forEachContainer } from '../for-each-container.ts';

export const command = defineCommand({
  name: 'volume rm',
  operands: { usage: 'VOLUME...', min: 1 },
  description: 'With everything in it. One that a container has, also one that ended, cannot be removed.',
  examples: [['volume rm data', 'A volume that no container has']],
  flags: { force: toggle('No error for one that does not exist', { short: 'f' }) },
  run: ({ values: { force }, words }, context) =>
    forEachContainer(words, context, async (engine, name) => {
      try {
        await engine.volumes.remove(name);
      } catch (error) {
        if (!force || !isKeelsonError(error, 'not-found')) throw error;
      }
      return undefined;
    }),
});
