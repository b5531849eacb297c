import { KeelsonError } from '../../base/index.ts';
import type { ImageEngine, PushedImage, PushRequest } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { untilInterrupted } from '../foreground/until-interrupted.ts';
import { pushProgress } from '../images/push-progress.ts';
import { readTransfer, TRANSFER_FLAGS, type Transfer, UNSUPPORTED_TRANSFER_FLAGS } from '../images/transfer-flags.ts';

export const command = defineCommand({
  name: 'push',
  operands: { usage: 'NAME[:TAG]', min: 1, max: 1, complete: 'image' },
  description:
    'The name says where to. Layers that the registry has are not sent; those that it has under another name of an image ' +
    'here are taken from there.',
  examples: [
    ['push registry.example:5000/team/app:1.2', 'One image'],
    ['push -a registry.example/team/app', 'All tags of that name that are here'],
    ['push --format json registry.example/team/app', 'What is done as JSON, an object a line'],
  ],
  flags: {
    'all-tags': toggle('All tags of the name that are here', { short: 'a' }),
    platform: single('OS/ARCH', 'Of an image for several platforms this one alone', { parse: orUnset(anyText) }),
    ...TRANSFER_FLAGS,
  },
  unsupported: UNSUPPORTED_TRANSFER_FLAGS,
  run: ({ values, words: [reference = ''] }, context) =>
    untilInterrupted(context, async (signal) => {
      const style = readTransfer(values, reference, context.stdout);
      await using engine = await context.openEngine();
      const onProgress = tell(context, style);
      for (const name of style.all ? await namesOf(engine.images, reference) : [reference]) {
        const pushed = await engine.images.push({ reference: name, platform: values.platform, onProgress, signal });
        context.stdout.write(`${result(pushed, style)}\n`);
      }
      return 0;
    }),
});

function tell({ stdout, now }: CliContext, { isJson, quiet }: Transfer): PushRequest['onProgress'] {
  if (isJson) return (event) => void stdout.write(`${JSON.stringify(event)}\n`);
  return quiet ? undefined : pushProgress(stdout, now);
}

function result(pushed: PushedImage, { isJson, quiet }: Transfer): string {
  if (isJson) return JSON.stringify({ kind: 'done', ...pushed });
  return quiet ? pushed.canonicalName : `${pushed.tag}: digest: ${pushed.digest} size: ${pushed.size}`;
}

async function namesOf(images: ImageEngine, reference: string): Promise<string[]> {
  const known = (await images.list()).map(({ name }) => name);
  const names = known.filter((name) => name.startsWith(`${reference}:`) && !name.includes('@')).sort();
  if (names.length > 0) return names;
  throw new KeelsonError('not-found', `there is no image '${reference}' with a tag here`, {
    code: 'IMAGE_NOT_FOUND',
    hint: 'keelson images shows what there is',
  });
}
