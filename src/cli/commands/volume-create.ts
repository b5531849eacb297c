import { invalid } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { list, single } from '../flags/make-flag.ts';
import { keyValue } from '../values/key-value.ts';

export const command = defineCommand({
  name: 'volume create',
  operands: { usage: '[VOLUME]', min: 0, max: 1 },
  description: 'One that is there already stays as it is. Without a name it gets one of 64 digits.',
  examples: [['volume create --label tier=db data', 'A volume with a label']],
  flags: {
    label: list('KEY=VALUE', 'A label', { parse: keyValue }),
    driver: single('DRIVER', 'local, the only one', { short: 'd', parse: localDriver }),
  },
  unsupported: {
    opt: 'volumes are folders of this host; mount anything else with --mount type=bind',
    o: 'volumes are folders of this host; mount anything else with --mount type=bind',
    name: 'give the name as an argument',
  },
  async run({ values: { label }, words: [name] }, context) {
    await using engine = await context.openEngine();
    const labels = Object.fromEntries(label);
    const volume = await engine.volumes.create({ name, labels, anonymous: name === undefined });
    context.stdout.write(`${volume.name}\n`);
    return 0;
  },
});

function localDriver(text: string): 'local' {
  if (text === 'local') return text;
  throw invalid('VOLUME_DRIVER', `expected local, not '${text}'`);
}
