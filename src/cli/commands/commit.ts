import { defineCommand } from '../command.ts';
import type { CliContext } from '../context.ts';
import { anyText, list, orUnset, single, toggle } from '../flags/make-flag.ts';

export const command = defineCommand({
  name: 'commit',
  operands: { usage: 'CONTAINER [NAME[:TAG]]', min: 1, max: 2, complete: 'container' },
  description:
    'What the container wrote becomes a layer over its image, and how it was run becomes how the new image is run. Volumes and ' +
    'other mounts are no part of it.',
  examples: [
    ['commit web web:patched', 'An image of what the container is now'],
    ['commit -m "add curl" -a me -c \'CMD ["sh"]\' web', 'With a history and another command, and without a name'],
  ],
  flags: {
    author: single('TEXT', 'Who made it', { short: 'a', parse: orUnset(anyText) }),
    change: list('INSTRUCTION', 'Set something of the image as a Dockerfile does: CMD, ENTRYPOINT, ENV, USER, …', {
      short: 'c',
      parse: anyText,
    }),
    message: single('TEXT', 'What the history says', { short: 'm', parse: orUnset(anyText) }),
    pause: toggle('Hold the container while its files are read; --pause=false to let it run', {
      short: 'p',
      initial: true,
    }),
  },
  async run({ values: { author, change, message, pause }, words: [reference = '', name] }, context) {
    await using engine = await context.openEngine();
    const request = { name, author, message, changes: change, pause };
    const id = await undisturbed(context, () => engine.commit(reference, request));
    context.stdout.write(`${id}\n`);
    return 0;
  },
});

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C counts when the work is done: a container that is held must not be left so. */
async function undisturbed<Result>({ signals }: Pick<CliContext, 'signals'>, work: () => Promise<Result>) {
  let asked: (typeof ENDING)[number] | undefined;
  const listeners = ENDING.map((name) => ({ name, listener: () => (asked = name) }));
  for (const { name, listener } of listeners) signals.on(name, listener);
  try {
    return await work();
  } finally {
    for (const { name, listener } of listeners) signals.off(name, listener);
    if (asked) signals.endBy(asked);
  }
}
