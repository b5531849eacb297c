import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface ProgramResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  env?: Readonly<Record<string, string>> | undefined;
  input?: string | undefined;
  folder?: string | undefined;
  uid?: number | undefined;
}

/** A program that has not ended then hangs. */
const PATIENCE = 240_000;

/** Runs a program to its end, whatever that is. */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  { env = {}, input = '', folder, uid }: ProgramOptions = {},
): Promise<ProgramResult> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
    ...(folder === undefined ? {} : { cwd: folder }),
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('exit', ended.resolve);
  child.stdin.on('error', () => undefined).end(input);
  const [status, stdout, stderr] = await Promise.all([ended.promise, text(child.stdout), text(child.stderr)]);
  return { status, stdout, stderr };
}

/** The same in a terminal of its own. Line ends are those of a terminal, made plain. */
export async function runInTerminal(words: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  const command = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const result = await runProgram(['script', '-qec', command, '/dev/null'], options);
  return { ...result, stdout: result.stdout.replaceAll('\r', '') };
}

/** Runs a program that must succeed; gives what it printed, without the last line end. */
export async function output(words: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runProgram(words, options);
  if (status !== 0) throw new Error(`${words.join(' ')}: ended with ${status}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}
