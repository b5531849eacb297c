import { formatSize, humanAgo } from '../../base/index.ts';
import type { ImageDetails } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { shortImageId } from '../images/image-row.ts';
import type { GoStruct } from '../template/go-value.ts';
import { formatTable } from '../text/format-table.ts';
import { timestamp } from '../text/timestamp.ts';

const HEADINGS: GoStruct = {
  Comment: 'COMMENT',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  CreatedSince: 'CREATED',
  ID: 'IMAGE',
  Size: 'SIZE',
};
const COLUMNS = ['ID', 'CreatedSince', 'CreatedBy', 'Size', 'Comment'];
/** As many characters as Docker shows of a step. */
const SHORT = 45;

export const command = defineCommand({
  name: 'history',
  operands: { usage: 'IMAGE', min: 1, max: 1, complete: 'image' },
  description: 'The newest step first. Steps have no ids of their own: only the last one is the image.',
  examples: [
    ['history alpine', 'How it was made'],
    ["history --no-trunc --format '{{.CreatedBy}}' alpine", 'Its steps in full'],
  ],
  flags: {
    format: single('FORMAT', "table, json, a Go template such as '{{.Size}}', or 'table ' and one", { parse: anyText }),
    human: toggle('Sizes and times for people; --human=false for exact ones', { short: 'H', initial: true }),
    'no-trunc': toggle('Ids and steps in full'),
    quiet: toggle('Ids alone', { short: 'q' }),
  },
  unsupported: { platform: 'an image here is for one platform' },
  async run({ values, words: [reference = ''] }, context) {
    await using engine = await context.openEngine();
    const image = await engine.images.inspect(reference);
    const rows = historyRows(image, { now: context.now(), human: values.human, noTrunc: values['no-trunc'] });
    const format = values.quiet ? '{{.ID}}' : (values.format ?? 'table');
    context.stdout.write(formatTable(rows, format, { headings: HEADINGS, columns: COLUMNS }));
    return 0;
  },
});

function historyRows(
  { id, config, layerSizes }: ImageDetails,
  { now, human, noTrunc }: { now: number; human: boolean; noTrunc: boolean },
): GoStruct[] {
  let layer = 0;
  // An image without a history has its layers all the same.
  const steps = config.history ?? layerSizes.map(() => ({ created: config.created }));
  const rows = steps.map((step, i): GoStruct => {
    const made = 'empty_layer' in step && step.empty_layer ? undefined : layerSizes[layer++];
    const created = Date.parse(step.created ?? '') || 0;
    const by = ('created_by' in step && step.created_by) || '';
    return {
      Comment: ('comment' in step && step.comment) || '',
      CreatedAt: timestamp(created),
      CreatedBy: noTrunc || by.length <= SHORT ? by : `${by.slice(0, SHORT - 1)}…`,
      CreatedSince: human ? humanAgo(created, now) : timestamp(created),
      ID: i < steps.length - 1 ? '<missing>' : noTrunc ? id : shortImageId(id),
      Size: human ? formatSize(made ?? 0) : String(made ?? 0),
    };
  });
  return rows.toReversed();
}
