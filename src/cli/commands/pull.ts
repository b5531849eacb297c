import { splitReference } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { pullProgress } from '../images/pull-progress.ts';

export const command = defineCommand({
  name: 'pull',
  operands: { usage: 'IMAGE', min: 1, max: 1, complete: 'image' },
  description:
    'Docker\u2019s logins and certificates are used: ~/.docker/config.json and /etc/docker/certs.d. What was interrupted ' +
    'goes on where it stopped.',
  examples: [
    ['pull alpine', 'The newest one of docker.io'],
    ['pull registry.example:5000/team/app:1.2', 'Of another registry'],
    ['pull --platform linux/arm64 alpine', 'For another kind of machine'],
    ['pull --format json alpine', 'What is done as JSON, an object a line'],
  ],
  flags: {
    platform: single('OS/ARCH', 'For another kind of machine: linux/arm64, linux/arm/v7', { parse: orUnset(anyText) }),
    quiet: toggle('Print the name alone', { short: 'q' }),
    format: single('FORMAT', 'json: what is done, an object a line', { complete: ['json'], parse: orUnset(anyText) }),
  },
  unsupported: {
    'all-tags': 'name the tags, one after the other',
    a: 'name the tags, one after the other',
    'disable-content-trust': 'images are not signed yet',
  },
  async run({ values: { platform, quiet, format }, words: [reference = ''] }, context) {
    const { stdout } = context;
    const isJson = format === 'json';
    const parts = splitReference(reference);
    if (!quiet && !isJson && parts && !parts.tag && !parts.digest) stdout.write('Using default tag: latest\n');
    const line = (document: object) => void stdout.write(`${JSON.stringify(document)}\n`);
    const onProgress = isJson ? line : quiet ? undefined : pullProgress(stdout, context.now);
    await using engine = await context.openEngine();
    const image = await engine.images.pull({ reference, platform, onProgress });
    if (isJson) line({ kind: 'done', ...image });
    else if (!quiet) {
      const status = image.isNew ? 'Downloaded newer image for' : 'Image is up to date for';
      stdout.write(`Digest: ${image.digest}\nStatus: ${status} ${image.name}\n`);
    }
    if (!isJson) stdout.write(`${image.canonicalName}\n`);
    return 0;
  },
});
