import { isKeelsonError } from '../../base/index.ts';
import type { Engine } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single } from '../flags/make-flag.ts';
import { dockerContainer } from '../inspect/docker-container.ts';
import { dockerImage } from '../inspect/docker-image.ts';
import { reportError } from '../report-error.ts';
import type { GoStruct } from '../template/go-value.ts';
import { toJson } from '../template/go-value.ts';
import { formatter } from '../text/formatter.ts';
import { objectType } from '../values/object-type.ts';

export const command = defineCommand({
  name: 'inspect',
  operands: { usage: 'CONTAINER|IMAGE...', min: 1, complete: 'container' },
  description:
    "A JSON array in the shape of Docker's, or one line each in a format of yours. A container is looked for first, then an image.",
  examples: [
    ["inspect -f '{{.State.Pid}}' web", 'Its process on this host'],
    ["inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web", 'Its address'],
    ["inspect -f '{{json .HostConfig}}' web", 'A part, as JSON'],
  ],
  flags: {
    format: single('FORMAT', 'json, or a Go template', { short: 'f', parse: anyText }),
    type: single('TYPE', 'container or image alone', { parse: objectType, complete: ['container', 'image'] }),
  },
  unsupported: {
    size: 'the sizes of containers are not measured yet',
    s: 'the sizes of containers are not measured yet',
  },
  async run({ values: { format, type }, words }, context) {
    const show = format === undefined ? undefined : formatter(format);
    await using engine = await context.openEngine();
    const found: GoStruct[] = [];
    let failed = false;
    for (const reference of words) {
      try {
        found.push(await inspect(engine, reference, type));
      } catch (error) {
        reportError(error, context);
        failed = true;
      }
    }
    if (show === undefined) context.stdout.write(`${toJson(found, '    ')}\n`);
    else context.stdout.write(found.map((one) => `${show(one)}\n`).join(''));
    return failed ? 1 : 0;
  },
});

async function inspect(engine: Engine, reference: string, type: 'container' | 'image' | undefined): Promise<GoStruct> {
  if (type === 'image') return dockerImage(await engine.images.inspect(reference));
  try {
    return dockerContainer(await engine.inspect(reference));
  } catch (error) {
    if (type === 'container' || !isKeelsonError(error, 'not-found')) throw error;
    // Docker tells of what is missing as of an object of any kind; we tell of the container.
    return await engine.images.inspect(reference).then(dockerImage, () => {
      throw error;
    });
  }
}
