import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'healthcheck run',
  operands: { usage: 'CONTAINER', min: 1, max: 1, complete: 'container' },
  description:
    'What it finds counts, and `keelson inspect` shows it. The exit code is 0 when the check succeeds and 1 when it fails; 125 when there is no check to run.',
  examples: [['healthcheck run web && echo ready', 'Ask now, whatever the interval of its check']],
  flags: {},
  failureCode: 125,
  async run({ words: [container = ''] }, context) {
    await using engine = await context.openEngine();
    const { exitCode } = await engine.checkHealth(container);
    if (exitCode !== 0) context.stdout.write('unhealthy\n');
    return exitCode === 0 ? 0 : 1;
  },
});
