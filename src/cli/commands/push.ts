import { invalid, KeelsonError } from '../../base/index.ts';
import type { ImageEngine, PushRequest } from '../../spec/index.ts';
import { defineCommand } from '../command.ts';
import { anyText, orUnset, single, toggle } from '../flags/make-flag.ts';
import { untilInterrupted } from '../foreground/until-interrupted.ts';
import { hasTag } from '../images/has-tag.ts';
import { progressFormat } from '../images/progress-format.ts';
import { pushProgress } from '../images/push-progress.ts';

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
    quiet: toggle('Print the name alone', { short: 'q' }),
    format: progressFormat,
  },
  unsupported: { 'disable-content-trust': 'images are not signed yet' },
  run: ({ values, words: [reference = ''] }, context) =>
    untilInterrupted(context, async (signal) => {
      const { platform, quiet, format } = values;
      const isJson = format === 'json';
      const all = values['all-tags'];
      if (all && hasTag(reference)) {
        throw invalid('FLAGS_CONFLICT', `--all-tags is for a name without a tag, not ${reference}`);
      }
      const { stdout } = context;
      if (!quiet && !isJson && !all && !hasTag(reference)) stdout.write('Using default tag: latest\n');
      const line = (document: object) => void stdout.write(`${JSON.stringify(document)}\n`);
      const onProgress: PushRequest['onProgress'] = isJson
        ? line
        : quiet
          ? undefined
          : pushProgress(stdout, context.now);
      await using engine = await context.openEngine();
      for (const name of all ? await namesOf(engine.images, reference) : [reference]) {
        const { canonicalName, ...pushed } = await engine.images.push({
          reference: name,
          platform,
          onProgress,
          signal,
        });
        if (isJson) line({ kind: 'done', canonicalName, ...pushed });
        else if (quiet) stdout.write(`${canonicalName}\n`);
        else stdout.write(`${pushed.tag}: digest: ${pushed.digest} size: ${pushed.size}\n`);
      }
      return 0;
    }),
});

async function namesOf(images: ImageEngine, reference: string): Promise<string[]> {
  const known = (await images.list()).map(({ name }) => name);
  const names = known.filter((name) => name.startsWith(`${reference}:`) && !name.includes('@')).sort();
  if (names.length > 0) return names;
  throw new KeelsonError('not-found', `there is no image '${reference}' with a tag here`, {
    code: 'IMAGE_NOT_FOUND',
    hint: 'keelson images shows what there is',
  });
}
