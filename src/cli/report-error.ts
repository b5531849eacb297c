import { isKeelsonError } from '../base/index.ts';

/** Docker's: 127 no such command, 126 a command that cannot be run, 125 anything of our own. */
const EXIT_CODES: Readonly<Record<string, number>> = { COMMAND_NOT_FOUND: 127, COMMAND_NOT_EXECUTABLE: 126, ENOEXEC: 126 };

/** Tells an error in one line, with the way out in a second one; gives the exit code. The only place where that is done. */
export function reportError(error: unknown, { stderr, debug }: { stderr: NodeJS.WritableStream; debug: boolean }): number {
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(`keelson: ${message}\n`);
  if (isKeelsonError(error) && error.hint !== undefined) stderr.write(`  ${error.hint}\n`);
  if (debug && error instanceof Error) stderr.write(`${error.stack}\n`);
  return isKeelsonError(error) ? (EXIT_CODES[error.code] ?? 125) : 125;
}
