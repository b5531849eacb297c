import { isKeelsonError } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { forEachContainer } from '../for-each-container.ts';

export const command = defineCommand({
  name: 'rmi',
  operands: { usage: 'IMAGE...', min: 1, complete: 'image' },
  examples: [
    ['rmi alpine:3.19', 'A name, and the image with its last one'],
    ['rmi -f 3b1c4d5e6f70', 'An image with all its names'],
  ],
  flags: { force: toggle('All names of an id; no error for an image that does not exist', { short: 'f' }) },
  unsupported: { 'no-prune': 'no image has a parent here', platform: 'an image here is for one platform' },
  run: ({ values: { force }, words }, context) =>
    forEachContainer(words, context, async (engine, reference) => {
      try {
        const { untagged, deleted } = await engine.images.remove(reference, { force });
        const lines = [...untagged.map((name) => `Untagged: ${name}`), ...deleted.map((id) => `Deleted: ${id}`)];
        return lines.join('\n');
      } catch (error) {
        if (!force || !isKeelsonError(error, 'not-found')) throw error;
        context.stderr.write(`keelson: ${error.message}\n`);
        return undefined;
      }
    }),
});
