import { formatSize, invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';

export const command = defineCommand({
  name: 'image prune',
  operands: { usage: '', min: 0, max: 0 },
  description:
    'Removes images without a name, unpacked layers of none, and what broken pulls have left, unless something is being pulled. ' +
    'Nobody is asked, so --force must say that it is meant.',
  examples: [
    ['image prune -f', 'What lost its name'],
    ['image prune -af', 'All that no container has'],
  ],
  flags: {
    all: toggle('All images that no container has', { short: 'a' }),
    force: toggle('Yes, remove them', { short: 'f' }),
  },
  unsupported: { filter: 'remove single images with rmi' },
  async run({ values: { all, force } }, context) {
    if (!force) throw invalid('FORCE_MISSING', 'images would be removed', 'say so with --force');
    await using engine = await context.openEngine();
    const { untagged, deleted, bytes } = await engine.images.prune({ all });
    const lines = [...untagged.map((name) => `untagged: ${name}`), ...deleted.map((id) => `deleted: ${id}`)];
    if (lines.length > 0) context.stdout.write(`Deleted Images:\n${lines.join('\n')}\n\n`);
    context.stdout.write(`Total reclaimed space: ${formatSize(bytes)}\n`);
    return 0;
  },
});
