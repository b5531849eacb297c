import type { ImageSummary } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { IMAGE_HEADINGS, imageRow, shortImageId } from '../images/image-row.ts';
import { formatTable } from '../text/format-table.ts';

const COLUMNS = ['Repository', 'Tag', 'ID', 'CreatedSince', 'Size'];
const WITH_DIGESTS = ['Repository', 'Tag', 'Digest', 'ID', 'CreatedSince', 'Size'];

export const command = defineCommand({
  name: 'images',
  operands: { usage: '[NAME[:TAG]]', min: 0, max: 1, complete: 'image' },
  description: 'The size is that of the layers as they are stored.',
  examples: [
    ['images', 'All images here'],
    ['images -q alpine', 'The ids of all tags of one name'],
    ["images --format '{{.Repository}}:{{.Tag}}'", 'Names alone'],
  ],
  flags: {
    all: toggle('All images; none is hidden anyway', { short: 'a' }),
    quiet: toggle('Ids alone', { short: 'q' }),
    digests: toggle('With digests'),
    'no-trunc': toggle('Ids in full'),
    format: single('FORMAT', "table, json, a Go template such as '{{.ID}}', or 'table ' and one", { parse: anyText }),
  },
  unsupported: { filter: 'give a name instead', f: 'give a name instead', tree: 'an image here is for one platform' },
  async run({ values, words: [name] }, context) {
    await using engine = await context.openEngine();
    const images = (await engine.images.list()).filter((image) => name === undefined || isNamed(image, name));
    const noTrunc = values['no-trunc'];
    if (values.quiet && values.format === undefined) {
      context.stdout.write(images.map(({ id }) => `${noTrunc ? id : shortImageId(id)}\n`).join(''));
      return 0;
    }
    const rows = images.map((image) => imageRow(image, { now: context.now(), noTrunc }));
    const columns = values.digests ? WITH_DIGESTS : COLUMNS;
    context.stdout.write(formatTable(rows, values.format ?? 'table', { headings: IMAGE_HEADINGS, columns }));
    return 0;
  },
});

function isNamed(image: ImageSummary, name: string): boolean {
  return image.name === name || (image.name.startsWith(name) && /^[:@]/.test(image.name.slice(name.length)));
}
