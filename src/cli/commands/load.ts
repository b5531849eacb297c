import { defineCommand } from '../command.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { readArchive } from '../images/read-archive.ts';

export const command = defineCommand({
  name: 'load',
  operands: { usage: '', min: 0, max: 0 },
  description:
    'Takes what keelson save, docker save, podman save and skopeo copy write, compressed or not, and a folder that is an OCI ' +
    'layout.',
  examples: [
    ['load -i app.tar', 'From a file'],
    ['load < two.tar.gz', 'From the standard input'],
    ['load -i layout/', 'From an OCI layout in a folder'],
  ],
  flags: {
    input: single('FILE', 'Read a file, or a folder, instead of the standard input', {
      short: 'i',
      complete: 'file',
      parse: orUnset(anyText),
    }),
    quiet: toggle('No progress; there is none', { short: 'q' }),
  },
  unsupported: { platform: 'all that the archive has is loaded' },
  async run({ values: { input } }, context) {
    const source = readArchive(input, context);
    await using engine = await context.openEngine();
    const loaded = await engine.images.load(source);
    const lines = loaded.flatMap(({ id, names }) =>
      names.length > 0 ? names.map((name) => `Loaded image: ${name}\n`) : [`Loaded image ID: ${id}\n`],
    );
    context.stdout.write(lines.join(''));
    return 0;
  },
});
