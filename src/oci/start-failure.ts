import { isKeelsonError, KeelsonError } from '../base/index.ts';
import { ProgramMissing, SyscallError } from '../runtime/index.ts';
import type { Process } from '../spec/index.ts';

/** The failure of a start in the words that engines look for: Docker makes 126 and 127 of them. */
export function startFailure(cause: unknown, process: Process): unknown {
  if (!isKeelsonError(cause)) return cause;
  const message = `unable to start container process: ${reason(cause, process)}`;
  return new KeelsonError(cause.kind, message, { code: cause.code, hint: cause.hint, cause });
}

function reason(cause: KeelsonError, { args = [], cwd }: Process): string {
  const [program = ''] = args;
  const exec = `exec: ${JSON.stringify(program)}`;
  if (cause.code === 'HOOK_FAILED') return `error during container init: ${cause.message}`;
  if (cause.code === 'COMMAND_NOT_EXECUTABLE') return `${exec}: permission denied`;
  if (cause instanceof ProgramMissing) {
    return program.includes('/')
      ? `${exec}: stat ${program}: ${cause.reason}`
      : `${exec}: executable file not found in $PATH`;
  }
  if (!(cause instanceof SyscallError)) return cause.message;
  if (cause.syscall === 'execve') return `exec ${program}: ${cause.reason}`;
  if (cause.step?.because === 'process.cwd')
    return `chdir to cwd (${JSON.stringify(cwd)}) set in config.json failed: ${cause.reason}`;
  return cause.message;
}
