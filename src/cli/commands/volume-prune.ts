import { formatSize, invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { list, toggle } from '../flags/make-flag.ts';
import { matchesAll, volumeFilter } from '../volume/filter-volumes.ts';

export const command = defineCommand({
  name: 'volume prune',
  operands: { usage: '', min: 0, max: 0 },
  description:
    'Removes anonymous volumes that no container has. Nobody is asked, so --force must say that it is meant.',
  examples: [['volume prune -af', 'Also those with names']],
  flags: {
    all: toggle('Named volumes too', { short: 'a' }),
    force: toggle('Yes, remove them', { short: 'f' }),
    filter: list('KEY=VALUE', 'Only some: label=, label!=', { parse: volumeFilter(['label', 'label!']) }),
  },
  async run({ values: { all, force, filter } }, context) {
    if (!force) throw invalid('FORCE_MISSING', 'volumes would be removed with all in them', 'say so with --force');
    await using engine = await context.openEngine();
    const { removed, bytes } = await engine.volumes.prune({ all, matches: matchesAll(filter) });
    if (removed.length > 0) context.stdout.write(`Deleted Volumes:\n${removed.join('\n')}\n\n`);
    context.stdout.write(`Total reclaimed space: ${formatSize(bytes)}\n`);
    return 0;
  },
});
