import { VERSION } from '../../base/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single } from '../flags/make-flag.ts';
import { formatter } from '../text/formatter.ts';

export const command = defineCommand({
  name: 'version',
  operands: { usage: '', min: 0, max: 0 },
  examples: [["version --format '{{.Version}}'", 'The number alone']],
  flags: {
    format: single('FORMAT', 'json, or a Go template', { short: 'f', parse: anyText }),
  },
  async run({ values: { format } }, context) {
    const { arch, platform, versions } = process;
    const facts = { Version: VERSION, Node: versions.node, Os: platform, Arch: arch === 'x64' ? 'amd64' : arch };
    if (format === undefined)
      context.stdout.write(`keelson ${VERSION}, Node ${versions.node}, ${platform}/${facts.Arch}\n`);
    else context.stdout.write(`${formatter(format)(facts)}\n`);
    return 0;
  },
});
