import { KeelsonError } from '../../base/index.ts';
import type { ImageEngine, PulledImage, PullRequest } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { untilInterrupted } from '../foreground/until-interrupted.ts';
import { pullProgress } from '../images/pull-progress.ts';
import { readTransfer, TRANSFER_FLAGS, type Transfer, UNSUPPORTED_TRANSFER_FLAGS } from '../images/transfer-flags.ts';

export const command = defineCommand({
  name: 'pull',
  operands: { usage: 'IMAGE', min: 1, max: 1, complete: 'image' },
  description:
    'Docker\u2019s logins and certificates are used: ~/.docker/config.json and /etc/docker/certs.d. What was interrupted ' +
    'goes on where it stopped.',
  examples: [
    ['pull alpine', 'The newest one of docker.io'],
    ['pull registry.example:5000/team/app:1.2', 'Of another registry'],
    ['pull -a registry.example/team/app', 'All its tags'],
    ['pull --platform linux/arm64 alpine', 'For another kind of machine'],
    ['pull --format json alpine', 'What is done as JSON, an object a line'],
  ],
  flags: {
    'all-tags': toggle('All tags that the registry has', { short: 'a' }),
    platform: single('OS/ARCH', 'For another kind of machine: linux/arm64, linux/arm/v7', { parse: orUnset(anyText) }),
    ...TRANSFER_FLAGS,
  },
  unsupported: UNSUPPORTED_TRANSFER_FLAGS,
  run: ({ values, words: [reference = ''] }, context) =>
    untilInterrupted(context, async (signal) => {
      const style = readTransfer(values, reference, context.stdout);
      await using engine = await context.openEngine();
      const request = { reference, platform: values.platform, onProgress: tell(context, style), signal };
      const done = (image: PulledImage) => report(context, image, style);
      const { canonicalName } = style.all
        ? await pullAll(engine.images, request, done)
        : done(await engine.images.pull(request));
      if (!style.isJson) context.stdout.write(`${canonicalName}\n`);
      return 0;
    }),
});

function tell({ stdout, now }: CliContext, { isJson, quiet }: Transfer): PullRequest['onProgress'] {
  if (isJson) return (event) => void stdout.write(`${JSON.stringify(event)}\n`);
  if (quiet) return undefined;
  // Each tag begins anew, with layers that another one may have had before.
  let show = pullProgress(stdout, now);
  return (event) => {
    if (event.kind === 'start') show = pullProgress(stdout, now);
    show(event);
  };
}

function report({ stdout }: CliContext, image: PulledImage, style: Transfer): PulledImage {
  if (style.isJson) stdout.write(`${JSON.stringify({ kind: 'done', ...image })}\n`);
  else if (!style.quiet) {
    const status = image.isNew ? 'Downloaded newer image for' : 'Image is up to date for';
    stdout.write(`Digest: ${image.digest}\nStatus: ${status} ${image.name}\n`);
  }
  return image;
}

async function pullAll(
  images: ImageEngine,
  request: PullRequest,
  done: (image: PulledImage) => void,
): Promise<{ canonicalName: string }> {
  const { reference, signal } = request;
  let last = '';
  for (const tag of await images.tags(reference, signal && { signal })) {
    const image = await images.pull({ ...request, reference: `${reference}:${tag}` });
    done(image);
    last = image.canonicalName;
  }
  if (last === '') {
    throw new KeelsonError('not-found', `the registry has no tag of ${reference}`, { code: 'IMAGE_NO_TAGS' });
  }
  return { canonicalName: last.slice(0, last.lastIndexOf(':')) };
}
