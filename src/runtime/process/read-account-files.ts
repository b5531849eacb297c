import { isKeelsonError, KeelsonError } from '../../base/index.ts';
import {
  AT_EMPTY_PATH,
  ENOENT,
  ENOTDIR,
  type Fd,
  type FileStatus,
  type Kernel,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDONLY,
  type Pending,
  S_IFMT,
  S_IFREG,
} from '../../kernel/index.ts';
import type { RootTree } from '../rootfs/root-tree.ts';
import type { Account, Group } from './account-files.ts';
import { parseAccounts, parseGroups } from './account-files.ts';

/** What is read with the first round trip: more than almost any image has. */
const FIRST_PART = 64 * 1024;
const NEXT_PART = 512 * 1024;
/** The image decides what stands in these files, so how much of them we hold in memory is bounded. */
const MOST = 8 * 1024 * 1024;

interface PendingFile {
  path: string;
  fd: Fd;
  status: Pending<FileStatus>;
  first: Pending<Buffer>;
}

/** Issues the reads of /etc/passwd and /etc/group; the returned function waits for them. */
export function readAccountFiles(tree: RootTree): () => Promise<{ accounts: Account[]; groups: Group[] }> {
  tree.kernel.step('User and groups', "read the image's accounts");
  const passwd = startReading(tree, 'etc/passwd');
  const group = startReading(tree, 'etc/group');
  return async () => ({
    accounts: parseAccounts(await finishReading(tree.kernel, passwd)),
    groups: parseGroups(await finishReading(tree.kernel, group)),
  });
}

/** The same for the accounts alone. Where the file cannot be had there are none: nobody asked for a name of it. */
export function readAccounts(tree: RootTree): () => Promise<Account[]> {
  tree.kernel.step('User and groups', "look for the user's home folder");
  const passwd = startReading(tree, 'etc/passwd', 'any');
  return async () => {
    try {
      return parseAccounts(await finishReading(tree.kernel, passwd));
    } catch (error) {
      if (isKeelsonError(error) && error.code === 'ACCOUNT_FILE') return [];
      throw error;
    }
  };
}

function startReading(tree: RootTree, path: string, allow: readonly number[] | 'any' = [ENOENT, ENOTDIR]): PendingFile {
  // O_NONBLOCK: a FIFO in place of the file must not hold the start up.
  const fd = tree.open(`/${path}`, { flags: O_RDONLY | O_NONBLOCK | O_NOCTTY, allow });
  const status = tree.kernel.statx(fd, '', AT_EMPTY_PATH, { allow: 'any' });
  const first = tree.kernel.read(fd, FIRST_PART, { allow: 'any' });
  return { path, fd, status, first };
}

async function finishReading(kernel: Kernel, file: PendingFile): Promise<string> {
  const { mode, size } = await file.status;
  if (mode === 0) return '';
  const type = mode & S_IFMT;
  if (type !== S_IFREG) throw refuse(`the container's /${file.path} is not a regular file`);
  if (size > MOST) throw refuse(`the container's /${file.path} is ${size} bytes long; at most ${MOST} are read`);
  const parts = [await file.first];
  while (parts.at(-1)?.length && parts.reduce((sum, p) => sum + p.length, 0) < size) {
    parts.push(await kernel.read(file.fd, NEXT_PART));
  }
  kernel.close(file.fd);
  return Buffer.concat(parts).toString('utf8');
}

function refuse(message: string): KeelsonError {
  return new KeelsonError('invalid', message, {
    code: 'ACCOUNT_FILE',
    hint: 'repair the image, or give the user as numbers: --user 0:0',
  });
}
