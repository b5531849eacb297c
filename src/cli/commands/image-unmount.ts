import { invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { toggle } from '../flags/make-flag.ts';
import { reportError } from '../report-error.ts';

export const command = defineCommand({
  name: 'image unmount',
  operands: { usage: '[IMAGE...]', min: 0, complete: 'image' },
  description:
    'Takes back one mount of each image. Its files go from the folder with the last one. The ids are printed.',
  examples: [
    ['image unmount alpine', 'One mount of alpine'],
    ['image unmount --all --force', 'Everything, however often it was mounted and whoever uses it'],
  ],
  flags: {
    all: toggle('Every image that is mounted', { short: 'a' }),
    force: toggle('All mounts of an image at once, also while somebody uses its files', { short: 'f' }),
  },
  async run({ values: { all, force }, words }, context) {
    if (all && words.length > 0) throw invalid('FLAGS_CONFLICT', '--all and the name of an image', 'leave one out');
    if (!all && words.length === 0)
      throw invalid('OPERANDS', "'image unmount' needs an image", 'name one, or use --all');
    await using engine = await context.openEngine();
    const wanted = all ? (await engine.images.mounted()).map(({ id }) => id) : words;
    let failed = false;
    for (const reference of wanted) {
      try {
        const { id } = await engine.images.unmount(reference, { force });
        context.stdout.write(`${id.slice(id.indexOf(':') + 1)}\n`);
      } catch (error) {
        reportError(error, context);
        failed = true;
      }
    }
    return failed ? 1 : 0;
  },
});
