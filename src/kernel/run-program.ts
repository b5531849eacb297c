import { shellExitCode } from './exit-event.ts';
import type { Kernel } from './kernel.ts';

export interface Program {
  /** Absolute, in the file system that the process sees. */
  path: string;
  argv: readonly string[];
  environment?: readonly string[];
  /** What it reads from its standard input. */
  input?: string;
}

export interface ProgramResult {
  /** As a shell gives it: 128 + n for signal n. */
  status: number;
  output: string;
  errors: string;
}

const CHUNK = 256 * 1024;

/**
 * Runs a short program in the namespaces of a process and waits for its end. Its streams are files in memory, so that
 * neither side waits for the other. Takes one channel of the process.
 * @throws SyscallError when the program cannot be executed: ENOENT, EACCES
 */
export async function runProgram(kernel: Kernel, program: Program): Promise<ProgramResult> {
  const streams = ['input', 'output', 'errors'].map((name) => kernel.memfdCreate(name));
  const [input = -1, output = -1, errors = -1] = streams;
  const bytes = Buffer.from(program.input ?? '');
  for (let at = 0; at < bytes.length; at += CHUNK) kernel.write(input, bytes.subarray(at, at + CHUNK));
  kernel.lseek(input, 0, 0);
  const child = kernel.clone(0, { name: program.argv[0] ?? program.path });
  const { exited } = kernel.watch(child.pidfd);
  for (const [place, fd] of streams.entries()) child.kernel.dup3(fd, place, 0);
  child.kernel.execve(program.path, program.argv, program.environment ?? []);
  try {
    // The end of its channel says that it runs, but another child may hold that open: the end of the program tells too.
    const status = shellExitCode(await Promise.race([exited, child.kernel.flush().then(() => exited)]));
    return { status, output: await readAll(kernel, output), errors: await readAll(kernel, errors) };
  } finally {
    child.kernel.release();
    for (const fd of streams) kernel.close(fd);
    await kernel.flush();
  }
}

async function readAll(kernel: Kernel, fd: Parameters<Kernel['pread']>[0]): Promise<string> {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const part = await kernel.pread(fd, CHUNK, at);
    if (part.length === 0) return Buffer.concat(parts).toString();
    parts.push(Buffer.from(part));
    at += part.length;
  }
}
