import type { ContainerState } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, single } from '../flags/make-flag.ts';
import { dockerContainer } from '../inspect/docker-container.ts';
import { reportError } from '../report-error.ts';
import { toJson } from '../template/go-value.ts';
import { formatter } from '../text/formatter.ts';
import { containerType } from '../values/container-type.ts';

export const command = defineCommand({
  name: 'inspect',
  operands: { usage: 'CONTAINER...', min: 1, complete: 'container' },
  description: "A JSON array in the shape of Docker's, or one line a container in a format of yours.",
  examples: [
    ["inspect -f '{{.State.Pid}}' web", 'Its process on this host'],
    ["inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' web", 'Its address'],
    ["inspect -f '{{json .HostConfig}}' web", 'A part, as JSON'],
  ],
  flags: {
    format: single('FORMAT', 'json, or a Go template', { short: 'f', parse: anyText }),
    type: single('TYPE', 'container, the only type so far', { parse: containerType, complete: ['container'] }),
  },
  unsupported: {
    size: 'the sizes of containers are not measured yet',
    s: 'the sizes of containers are not measured yet',
  },
  async run({ values: { format }, words }, context) {
    const show = format === undefined ? undefined : formatter(format);
    await using engine = await context.openEngine();
    const found: ContainerState[] = [];
    let failed = false;
    for (const reference of words) {
      try {
        found.push(await engine.inspect(reference));
      } catch (error) {
        reportError(error, context);
        failed = true;
      }
    }
    const containers = found.map(dockerContainer);
    if (show === undefined) context.stdout.write(`${toJson(containers, '    ')}\n`);
    else context.stdout.write(containers.map((container) => `${show(container)}\n`).join(''));
    return failed ? 1 : 0;
  },
});
