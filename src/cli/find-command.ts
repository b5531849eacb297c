import { invalid } from '../base/index.ts';
import { ALIASES, COMMANDS, type CommandEntry } from './command-table.ts';
import { closestName } from './flags/closest-name.ts';

/** The command of a name or alias. @throws KeelsonError `COMMAND_UNKNOWN` */
export function findCommand(name: string): CommandEntry {
  const real = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
  const entry = Object.hasOwn(COMMANDS, real) ? COMMANDS[real] : undefined;
  if (entry !== undefined) return entry;
  const closest = closestName(name, Object.keys(COMMANDS));
  const hint = closest === undefined ? 'keelson help lists all commands' : `did you mean keelson ${closest}?`;
  throw invalid('COMMAND_UNKNOWN', `unknown command: ${name}`, hint);
}
