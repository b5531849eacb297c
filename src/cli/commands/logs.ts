import { defineCommand } from '../command.ts';
import type { Output } from '../context.ts';
import { single, toggle } from '../flags/make-flag.ts';
import { lineStamper } from '../text/line-stamper.ts';
import { pointInTime } from '../values/point-in-time.ts';
import { tailLines } from '../values/tail-lines.ts';

const time = pointInTime(Date.now);

export const command = defineCommand({
  name: 'logs',
  operands: { usage: 'CONTAINER', min: 1, max: 1, complete: 'container' },
  description: 'What the container wrote to its standard output goes to ours, and its errors to our standard error.',
  examples: [
    ['logs --tail 20 -f web', 'The last lines, and what comes until it ends'],
    ['logs --since 10m -t web', 'The last ten minutes, with the time of each line'],
  ],
  flags: {
    follow: toggle('Go on until the container ends', { short: 'f' }),
    tail: single('LINES', "The last so many lines, or 'all'", { short: 'n', parse: tailLines }),
    since: single('TIME', 'Nothing before: 10m (ago), 2026-01-02T13:23:37Z, seconds since 1970', { parse: time }),
    until: single('TIME', 'Nothing after', { parse: time }),
    timestamps: toggle('The time before each line', { short: 't' }),
  },
  unsupported: { details: 'logs carry no attributes' },
  async run({ values: { timestamps, ...query }, words: [container = ''] }, context) {
    await using engine = await context.openEngine();
    const stamp = { stdout: lineStamper(), stderr: lineStamper() };
    for await (const entry of engine.logs(container, query)) {
      await write(context[entry.stream], timestamps ? stamp[entry.stream](entry) : entry.data);
    }
    return 0;
  },
});

/** Waits for a slow reader, so that a large log never gathers in memory. */
async function write(output: Output, data: Uint8Array): Promise<void> {
  if (output.write(data) === false) await output.drained?.();
}
