import { invalid } from '../../base/index.ts';
import type { Engine, MountedImage } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { anyText, single, toggle } from '../flags/make-flag.ts';
import { shortImageId } from '../images/image-row.ts';
import { reportError } from '../report-error.ts';
import { toJson } from '../template/go-value.ts';

export const command = defineCommand({
  name: 'image mount',
  operands: { usage: '[IMAGE...]', min: 0, complete: 'image' },
  description:
    'Shows the files of an image at a folder of this host, which is printed, until it is unmounted as often as it was mounted. ' +
    'Nobody can write there. Without an image, those that are mounted are listed. A restart of the host unmounts all.',
  examples: [
    ['image mount alpine', 'The folder that shows the files of alpine'],
    ['image mount', 'All that is mounted, and where'],
    ['image mount --format json', 'The same for a program'],
  ],
  flags: {
    all: toggle('Every image that is here', { short: 'a' }),
    format: single('json', "An array in the shape of Podman's", { parse: anyText }),
  },
  async run({ values: { all, format }, words }, context) {
    if (format !== undefined && format !== 'json') {
      throw invalid('MOUNT_FORMAT', `--format ${format}: there is no such form`, 'json, or leave it out');
    }
    if (all && words.length > 0) throw invalid('FLAGS_CONFLICT', '--all and the name of an image', 'leave one out');
    await using engine = await context.openEngine();
    const isList = !all && words.length === 0;
    const wanted = all ? [...new Set((await engine.images.list()).map(({ id }) => id))] : words;
    const { mounted, failed } = isList
      ? { mounted: await engine.images.mounted(), failed: false }
      : await mountAll(engine, wanted, context);
    if (format === 'json') context.stdout.write(`${toJson(mounted.map(podmanMount), ' ')}\n`);
    else if (!isList && !all && words.length === 1)
      context.stdout.write(mounted.map(({ path }) => `${path}\n`).join(''));
    else context.stdout.write(listed(mounted));
    return failed ? 1 : 0;
  },
});

/** One that cannot be mounted does not keep the others from it. */
async function mountAll(
  engine: Engine,
  references: readonly string[],
  context: CliContext,
): Promise<{ mounted: MountedImage[]; failed: boolean }> {
  const mounted: MountedImage[] = [];
  let failed = false;
  for (const reference of references) {
    try {
      mounted.push(await engine.images.mount(reference));
    } catch (error) {
      reportError(error, context);
      failed = true;
    }
  }
  return { mounted, failed };
}

/** A line for each name, as Podman has it. */
function listed(mounted: readonly MountedImage[]): string {
  const rows = mounted.flatMap(({ id, names, path }) =>
    (names.length > 0 ? names : [shortImageId(id)]).map((name) => [name, path] as const),
  );
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, path]) => `${name.padEnd(width)}  ${path}\n`).join('');
}

/** Podman's field `Names` has digests; what people call names is in `Repositories`. */
function podmanMount({ id, names, digests, path }: MountedImage) {
  return { id: id.slice(id.indexOf(':') + 1), Names: [...digests], Repositories: [...names], mountpoint: path };
}
