import { defineCommand } from '../command.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { summaryRows, verboseTables } from '../system/usage-rows.ts';
import { toJson } from '../template/go-value.ts';
import { formatTable } from '../text/format-table.ts';

const HEADINGS = {
  Active: 'ACTIVE',
  Reclaimable: 'RECLAIMABLE',
  Size: 'SIZE',
  TotalCount: 'TOTAL',
  Type: 'TYPE',
};
const COLUMNS = ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'];

export const command = defineCommand({
  name: 'system df',
  operands: { usage: '', min: 0, max: 0 },
  description:
    'Sizes are what lies on the disk: of an image its layers as they are stored and as they are unpacked, what several have once; of a ' +
    'container what it wrote. There is no build cache.',
  examples: [
    ['system df', 'How much there is, and what could go'],
    ['system df -v', 'Each image, container and volume'],
  ],
  flags: {
    format: single('FORMAT', "table, json, a Go template such as '{{.Size}}', or 'table ' and one", { parse: anyText }),
    verbose: toggle('Each image, container and volume', { short: 'v' }),
  },
  async run({ values: { format = 'table', verbose } }, context) {
    await using engine = await context.openEngine();
    const usage = await engine.diskUsage();
    if (!verbose)
      context.stdout.write(formatTable(summaryRows(usage), format, { headings: HEADINGS, columns: COLUMNS }));
    else {
      const tables = verboseTables(usage, context.now());
      if (format === 'json')
        context.stdout.write(`${toJson(Object.fromEntries(tables.map(({ key, rows }) => [key, rows])))}\n`);
      else {
        const texts = tables.map(({ title, rows, ...shape }) => `${title}\n\n${formatTable(rows, 'table', shape)}`);
        context.stdout.write(texts.join('\n'));
      }
    }
    return 0;
  },
});
