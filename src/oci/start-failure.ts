import { isKeelsonError, KeelsonError } from '../base/index.ts';
import { SyscallError } from '../runtime/index.ts';

/** The failure of a start in the words that engines look for: Docker makes 126 and 127 of them. */
export function startFailure(cause: unknown, program: string): unknown {
  if (!isKeelsonError(cause)) return cause;
  const message = `unable to start container process: ${reason(cause, program)}`;
  return new KeelsonError(cause.kind, message, { code: cause.code, hint: cause.hint, cause });
}

function reason(cause: KeelsonError, program: string): string {
  const exec = `exec: ${JSON.stringify(program)}`;
  if (cause.code === 'HOOK_FAILED') return `error during container init: ${cause.message}`;
  if (cause.code === 'COMMAND_NOT_EXECUTABLE') return `${exec}: permission denied`;
  if (cause instanceof SyscallError && cause.syscall === 'execve') return `exec ${program}: ${cause.reason}`;
  if (cause.code !== 'COMMAND_NOT_FOUND') return cause.message;
  return program.includes('/')
    ? `${exec}: stat ${program}: no such file or directory`
    : `${exec}: executable file not found in $PATH`;
}
