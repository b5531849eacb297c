import { VERSION } from '../base/index.ts';
import { OCI_VERSION } from '../spec/index.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import type { FlagTable } from './flags.ts';

export const PROGRAM = 'keelson-runtime';

/** What `--version` prints; engines read the first word of each line. */
export function versionText(): string {
  return `${PROGRAM} version ${VERSION}\nspec: ${OCI_VERSION}\n`;
}

export async function programUsage(globals: FlagTable): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `   ${name.padEnd(12)}${(await load()).purpose}`),
  );
  return [
    `NAME:\n   ${PROGRAM} - Open Container Initiative runtime\n`,
    `USAGE:\n   ${PROGRAM} [global options] command [command options] [arguments...]\n`,
    `VERSION:\n   ${VERSION}\n`,
    `COMMANDS:\n${lines.join('\n')}\n`,
    `GLOBAL OPTIONS:\n${flagLines(globals)}\n`,
  ].join('\n');
}

export function commandUsage(name: string, { purpose, usage, flags }: Command): string {
  const options = Object.keys(flags).length > 0 ? `\nOPTIONS:\n${flagLines(flags)}\n` : '';
  return `NAME:\n   ${PROGRAM} ${name} - ${purpose}\n\nUSAGE:\n   ${PROGRAM} ${usage}\n${options}`;
}

function flagLines(flags: FlagTable): string {
  return Object.entries(flags)
    .map(([name, { letter, value }]) => {
      const suffix = value ? ' value' : '';
      return `   --${name}${suffix}${letter === undefined ? '' : `, -${letter}${suffix}`}`;
    })
    .join('\n');
}
