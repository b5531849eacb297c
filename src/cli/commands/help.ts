import { defineCommand } from '../command.ts';
import { findCommand } from '../find-command.ts';
import { commandHelp } from '../help/command-help.ts';
import { programHelp } from '../help/program-help.ts';

export const command = defineCommand({
  name: 'help',
  operands: { usage: '[COMMAND]', min: 0, max: 1 },
  examples: [['help run', 'All flags of run']],
  flags: {},
  async run({ words: [name] }, context) {
    if (name === undefined) {
      context.stdout.write(programHelp(context));
      return 0;
    }
    const entry = findCommand(name);
    const { command: asked } = await entry.load();
    context.stdout.write(commandHelp(asked, entry.summary, context));
    return 0;
  },
});
