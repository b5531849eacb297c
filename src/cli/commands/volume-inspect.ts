import type { Volume } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single } from '../flags/make-flag.ts';
import { reportError } from '../report-error.ts';
import { toJson } from '../template/go-value.ts';
import { formatter } from '../text/formatter.ts';
import { dockerVolume } from '../volume/docker-volume.ts';

export const command = defineCommand({
  name: 'volume inspect',
  operands: { usage: 'VOLUME...', min: 1 },
  examples: [["volume inspect -f '{{.Mountpoint}}' data", 'Where its files lie on this host']],
  flags: { format: single('FORMAT', 'json, or a Go template', { short: 'f', parse: anyText }) },
  async run({ values: { format }, words }, context) {
    const show = format === undefined ? undefined : formatter(format);
    await using engine = await context.openEngine();
    const found: Volume[] = [];
    let failed = false;
    for (const name of words) {
      try {
        found.push(await engine.volumes.inspect(name));
      } catch (error) {
        reportError(error, context);
        failed = true;
      }
    }
    const volumes = found.map(dockerVolume);
    if (show === undefined) context.stdout.write(`${toJson(volumes, '    ')}\n`);
    else context.stdout.write(volumes.map((volume) => `${show(volume)}\n`).join(''));
    return failed ? 1 : 0;
  },
});
