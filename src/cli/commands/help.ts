import { type Command, type CommandTable, defineCommand } from '../command.ts';
import { findCommand } from '../find-command.ts';
import { commandHelp } from '../help/command-help.ts';
import { programHelp } from '../help/program-help.ts';

/** `keelson help`, for the commands of a table. */
export function helpCommand(table: CommandTable): Command {
  return defineCommand({
    name: 'help',
    operands: { usage: '[COMMAND]', min: 0, max: 1 },
    examples: [['help run', 'All flags of run']],
    flags: {},
    async run({ words: [name] }, context) {
      if (name === undefined) {
        context.stdout.write(programHelp(table, context));
        return 0;
      }
      const entry = findCommand(table, name);
      const { command } = await entry.load();
      context.stdout.write(commandHelp(command, entry.summary, context));
      return 0;
    },
  });
}
