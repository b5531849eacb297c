import { defineCommand } from '../command.ts';
import { anyText, orUnset, single } from '../flags/make-flag.ts';
import { writeArchive } from '../images/write-archive.ts';

export const command = defineCommand({
  name: 'export',
  operands: { usage: 'CONTAINER', min: 1, max: 1, complete: 'container' },
  description:
    'The archive has all that the container sees of its image and of what it wrote, and nothing of volumes and other mounts. ' +
    '`keelson import` makes an image of it.',
  examples: [
    ['export -o web.tar web', 'To a file'],
    ['export web | tar -t', 'The names of its files'],
  ],
  flags: {
    output: single('FILE', 'Write to a file instead of the standard output', {
      short: 'o',
      complete: 'file',
      parse: orUnset(anyText),
    }),
  },
  async run({ values: { output }, words: [reference = ''] }, context) {
    await using engine = await context.openEngine();
    await writeArchive(engine.export(reference), output, context);
    return 0;
  },
});
