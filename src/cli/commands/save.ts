import { defineCommand } from '../command.ts';
import { anyText, orUnset, single } from '../flags/make-flag.ts';
import { writeArchive } from '../images/write-archive.ts';

export const command = defineCommand({
  name: 'save',
  operands: { usage: 'IMAGE...', min: 1, complete: 'image' },
  description:
    'The archive is an OCI layout and a Docker archive at the same time: docker load, podman load, skopeo (docker-archive: and ' +
    'oci-archive:) and umoci take it. An image that is named by its id has no name in it.',
  examples: [
    ['save -o app.tar app:1.2', 'One image to a file'],
    ['save alpine busybox | gzip > two.tar.gz', 'Two images, compressed'],
  ],
  flags: {
    output: single('FILE', 'Write to a file instead of the standard output', {
      short: 'o',
      complete: 'file',
      parse: orUnset(anyText),
    }),
  },
  unsupported: { platform: 'what is here of an image is saved' },
  async run({ values: { output }, words }, context) {
    await using engine = await context.openEngine();
    // A name that is wrong is told before anything is written.
    for (const reference of words) await engine.images.inspect(reference);
    await writeArchive(engine.images.save(words), output, context);
    return 0;
  },
});
