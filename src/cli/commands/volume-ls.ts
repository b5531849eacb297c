import { defineCommand } from '../command.ts';
import { anyText, list, single, toggle } from '../flags/make-flag.ts';
import type { GoStruct } from '../template/go-value.ts';
import { compileTemplate } from '../template/render-template.ts';
import { formatter } from '../text/formatter.ts';
import { table } from '../text/table.ts';
import { volumeRow } from '../volume/docker-volume.ts';
import { matchesAll, volumeFilter } from '../volume/filter-volumes.ts';

const HEADINGS: GoStruct = {
  Driver: 'DRIVER',
  Labels: 'LABELS',
  Mountpoint: 'MOUNTPOINT',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
};

export const command = defineCommand({
  name: 'volume ls',
  operands: { usage: '', min: 0, max: 0 },
  examples: [['volume ls -q --filter dangling=true', 'Names of those that no container has']],
  flags: {
    quiet: toggle('Names alone', { short: 'q' }),
    filter: list('KEY=VALUE', 'Only some: name=, label=, dangling=, driver=', {
      short: 'f',
      parse: volumeFilter(['name', 'label', 'dangling', 'driver']),
    }),
    format: single('FORMAT', "table, json, a Go template such as '{{.Name}}', or 'table ' and one", { parse: anyText }),
  },
  async run({ values: { quiet, filter, format = 'table' } }, context) {
    await using engine = await context.openEngine();
    const rows = (await engine.volumes.list()).filter(matchesAll(filter)).map(volumeRow);
    context.stdout.write(formatVolumes(rows, quiet ? '{{.Name}}' : format));
    return 0;
  },
});

function formatVolumes(rows: readonly GoStruct[], format: string): string {
  // Shells leave these as they are, so Docker does what Go would have done.
  const text = format.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const columns = text === 'table' ? '{{.Driver}}\t{{.Name}}' : /^table (.*)$/s.exec(text)?.[1]?.trim();
  if (columns === undefined) return rows.map((row) => `${formatter(text)(row)}\n`).join('');
  return table([HEADINGS, ...rows].map((row) => compileTemplate(columns)(row).split('\t')));
}
