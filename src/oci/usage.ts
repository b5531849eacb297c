import { VERSION } from '../base/index.ts';
import { OCI_VERSION } from '../spec/index.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import type { FlagTable } from './flags.ts';
import { COMMAND_TEXTS } from './help/command-texts.ts';
import { FLAG_TEXTS } from './help/flag-texts.ts';

export const PROGRAM = 'keelson-runtime';

const ABOUT = `${PROGRAM} starts containers from bundles: folders with a configuration, "config.json", and a
root file system, as the Open Container Initiative specifies them. Engines such as containerd,
Docker and Podman call it in place of runc. To start one by hand:

    # ${PROGRAM} run [ -b bundle ] <container-id>

"<container-id>" is your name for the container, and must be the only one of that name on the host. Without
"-b" the bundle is the working folder.`;

/** What `--version` prints; engines read the first word of each line. */
export function versionText(): string {
  return `${PROGRAM} version ${VERSION}\nspec: ${OCI_VERSION}\n`;
}

export async function programUsage(globals: FlagTable): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => [name, (await load()).purpose] as const),
  );
  return [
    `NAME:\n   ${PROGRAM} - Open Container Initiative runtime\n`,
    `${ABOUT}\n`,
    `USAGE:\n   ${PROGRAM} [global options] command [command options] [arguments...]\n`,
    `VERSION:\n   ${VERSION}\nspec: ${OCI_VERSION}\n`,
    `COMMANDS:\n${columns([...rows, ['help, h', 'shows the commands, or the flags of one command']])}\n`,
    `GLOBAL OPTIONS:\n${flagLines('', globals)}\n`,
  ].join('\n');
}

export function commandUsage(name: string, { purpose, usage, flags }: Command): string {
  const { where, description, example } = COMMAND_TEXTS[name] ?? {};
  return [
    `NAME:\n   ${PROGRAM} ${name} - ${purpose}\n`,
    `USAGE:\n   ${PROGRAM} ${usage}\n`,
    ...(where ? [`Where ${where}\n`] : []),
    ...(description ? [`DESCRIPTION:\n   ${description}\n`] : []),
    ...(example ? [`EXAMPLE:\n${example.replaceAll(/^/gm, '   # ')}\n`] : []),
    ...(Object.keys(flags).length > 0 ? [`OPTIONS:\n${flagLines(name, flags)}\n`] : []),
  ].join('\n');
}

function flagLines(command: string, flags: FlagTable): string {
  return columns(
    Object.entries(flags).map(([name, { letter, value }]) => {
      const suffix = value ? ' value' : '';
      const short = letter === undefined ? '' : `, -${letter}${suffix}`;
      return [`--${name}${suffix}${short}`, FLAG_TEXTS[`${command} ${name}`] ?? FLAG_TEXTS[name] ?? ''];
    }),
  );
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length)) + 2;
  return rows.map(([first, second]) => `   ${first.padEnd(width)}${second}`.trimEnd()).join('\n');
}
