import { KeelsonError } from '../../base/index.ts';
import {
  AT_EMPTY_PATH,
  describeErrno,
  ENOENT,
  type FileStatus,
  O_PATH,
  type Pending,
  S_IFMT,
  S_IFREG,
} from '../../kernel/index.ts';
import { DEFAULT_PATH } from '../../spec/index.ts';
import type { RootTree } from '../rootfs/root-tree.ts';
import { normalize } from '../rootfs/root-tree.ts';

/** A path that leads nowhere. */
export class ProgramMissing extends KeelsonError {
  /** `not a directory` */
  readonly reason: string;

  constructor(message: string, errno: number) {
    const hint = message.includes('/') ? 'check the path' : "check the name, and PATH in the container's environment";
    super('not-found', message, { code: 'COMMAND_NOT_FOUND', hint });
    const reason = describeErrno(errno);
    this.reason = `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
  }
}

/**
 * Issues the look-up of a program in the container as execvp(3) does it; the returned function waits for the answer, a
 * path for execve(2). Errors: not-found `COMMAND_NOT_FOUND`, denied `COMMAND_NOT_EXECUTABLE`.
 */
export function findProgram(
  tree: RootTree,
  { program, env, cwd }: { program: string; env: readonly string[]; cwd: string },
): () => Promise<string> {
  tree.kernel.step('Start', `look for ${program}`, 'process.args');
  const candidates = candidatePaths(program, env);
  const found = candidates.map((path) => {
    const handle = tree.open(normalize(path.startsWith('/') ? path : `${cwd}/${path}`), {
      flags: O_PATH,
      allow: 'any',
    });
    const status: Pending<FileStatus> = tree.kernel.statx(handle, '', AT_EMPTY_PATH, { allow: 'any' });
    return { path, handle, status };
  });
  return async () => {
    const answers = found.map(async ({ path, handle, status }) => ({
      ...{ path, handle: await handle },
      ...(await status),
    }));
    return choose(program, await Promise.all(answers));
  };
}

function candidatePaths(program: string, env: readonly string[]): string[] {
  if (program.includes('/')) return [program];
  const path = env.findLast((e) => e.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  return path.split(':').map((dir) => `${dir === '' ? '.' : dir.replace(/\/+$/, '')}/${program}`);
}

function choose(program: string, found: readonly { path: string; handle: number; mode: number }[]): string {
  const executable = found.find((f) => (f.mode & S_IFMT) === S_IFREG && (f.mode & 0o111) !== 0);
  if (executable) return executable.path;
  const present = found.find((f) => f.mode !== 0);
  // In PATH what cannot be executed does not count, as for Go's exec.LookPath: 127 and not 126 with Docker.
  if (present && program.includes('/')) {
    throw new KeelsonError('denied', `${cut(present.path)} in the container is not an executable file`, {
      code: 'COMMAND_NOT_EXECUTABLE',
      hint: 'name another command, or set the execute bit in the image',
    });
  }
  const errno = program.includes('/') ? -(found[0]?.handle ?? -ENOENT) : ENOENT;
  throw new ProgramMissing(`no command ${JSON.stringify(cut(program))} in the container`, errno);
}

/** A message is one line, and the name may be a whole script or whatever a bundle holds. */
function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
