import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a program prints; an error with what it says when it fails. */
export async function output(program: string, ...args: string[]): Promise<string> {
  return (await run(program, args, { maxBuffer: 1 << 26 })).stdout;
}
