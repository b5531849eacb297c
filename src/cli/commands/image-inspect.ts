import type { ImageDetails } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single } from '../flags/make-flag.ts';
import { dockerImage } from '../inspect/docker-image.ts';
import { reportError } from '../report-error.ts';
import { toJson } from '../template/go-value.ts';
import { formatter } from '../text/formatter.ts';

export const command = defineCommand({
  name: 'image inspect',
  operands: { usage: 'IMAGE...', min: 1, complete: 'image' },
  description: "A JSON array in the shape of Docker's, or one line an image in a format of yours.",
  examples: [
    ["image inspect -f '{{json .Config}}' alpine", 'How it is run'],
    ["image inspect -f '{{index .RepoDigests 0}}' alpine", 'What its registry has it as'],
  ],
  flags: { format: single('FORMAT', 'json, or a Go template', { short: 'f', parse: anyText }) },
  unsupported: { platform: 'an image here is for one platform' },
  async run({ values: { format }, words }, context) {
    const show = format === undefined ? undefined : formatter(format);
    await using engine = await context.openEngine();
    const found: ImageDetails[] = [];
    let failed = false;
    for (const reference of words) {
      try {
        found.push(await engine.images.inspect(reference));
      } catch (error) {
        reportError(error, context);
        failed = true;
      }
    }
    const images = found.map(dockerImage);
    if (show === undefined) context.stdout.write(`${toJson(images, '    ')}\n`);
    else context.stdout.write(images.map((image) => `${show(image)}\n`).join(''));
    return failed ? 1 : 0;
  },
});
