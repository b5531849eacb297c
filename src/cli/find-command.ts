import { invalid } from '../base/index.ts';
import type { CommandEntry, CommandTable } from './command.ts';
import { closestName } from './flags/closest-name.ts';

/** Other names that Docker users know. */
const ALIASES: Readonly<Record<string, string>> = { ls: 'ps', list: 'ps', remove: 'rm' };

/** The command of a name or alias. @throws KeelsonError `COMMAND_UNKNOWN` */
export function findCommand(table: CommandTable, name: string): CommandEntry {
  const real = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
  const entry = Object.hasOwn(table, real) ? table[real] : undefined;
  if (entry !== undefined) return entry;
  const closest = closestName(name, Object.keys(table));
  const hint = closest === undefined ? 'keelson help lists all commands' : `did you mean keelson ${closest}?`;
  throw invalid('COMMAND_UNKNOWN', `unknown command: ${name}`, hint);
}
