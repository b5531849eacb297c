import { shortId } from '../../base/index.ts';
import type { ContainerState } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, list, single, toggle } from '../flags/make-flag.ts';
import { filterContainers, filterValue, wantsStopped } from '../ps/filter-containers.ts';
import { formatRows } from '../ps/format-rows.ts';
import { wholeNumber } from '../values/whole-number.ts';

export const command = defineCommand({
  name: 'ps',
  operands: { usage: '', min: 0, max: 0 },
  examples: [
    ['ps -a', 'Also those that have ended'],
    ['ps -aq --filter status=exited', 'Their ids, to be removed'],
    ["ps --format 'table {{.Names}}\\t{{.Status}}'", 'Two columns'],
  ],
  flags: {
    all: toggle('Also containers that do not run', { short: 'a' }),
    quiet: toggle('Ids alone', { short: 'q' }),
    'no-trunc': toggle('Ids and commands in full'),
    filter: list(
      'KEY=VALUE',
      'Only some: id=, name=, status=, exited=, health=, label=, ancestor=, network=, volume=',
      {
        short: 'f',
        parse: filterValue,
      },
    ),
    format: single('FORMAT', "table, json, a Go template such as '{{.Names}}', or 'table ' and one", {
      parse: anyText,
    }),
    last: single('COUNT', 'The newest so many, also of those that do not run', {
      short: 'n',
      parse: wholeNumber({ min: -1 }),
    }),
    latest: toggle('The newest one, also when it does not run', { short: 'l' }),
  },
  unsupported: {
    size: 'the sizes of containers are not measured yet',
    s: 'the sizes of containers are not measured yet',
  },
  async run({ values }, context) {
    const last = values.latest ? 1 : (values.last ?? -1);
    await using engine = await context.openEngine();
    const all = values.all || last > 0 || wantsStopped(values.filter);
    const found = filterContainers(await engine.list({ all }), values.filter);
    const states = last > 0 ? found.slice(0, last) : found;
    const noTrunc = values['no-trunc'];
    if (values.quiet && values.format === undefined) context.stdout.write(ids(states, noTrunc));
    else context.stdout.write(formatRows(states, values.format ?? 'table', { now: context.now(), noTrunc }));
    return 0;
  },
});

function ids(states: readonly ContainerState[], noTrunc: boolean): string {
  return states.map(({ id }) => `${noTrunc ? id : shortId(id)}\n`).join('');
}
