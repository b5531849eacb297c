// host-path: programs of the host, in folders that belong to its root
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import type { Kernel } from '../../kernel/index.ts';
import { AT_FDCWD, EPERM, O_WRONLY, runProgram } from '../../kernel/index.ts';
import type { IdMapping } from '../../spec/index.ts';
import { mapText } from './map-text.ts';

const HEADING = 'User and groups';
/** The last is where NixOS keeps programs that run as root. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/run/wrappers/bin'];

interface Maps {
  uids: readonly IdMapping[];
  gids: readonly IdMapping[];
}

/**
 * The maps of a user namespace that an ordinary user made. The kernel lets that user map the own id and no other; the
 * programs of shadow-utils map also those that /etc/subuid and /etc/subgid give to the user. `kernel` needs a channel.
 * @throws KeelsonError unavailable `ID_MAP_PROGRAM`; denied `ID_MAP_DENIED` for ids that are not the user's
 */
export async function writeMapsAsUser(kernel: Kernel, pid: number, { uids, gids }: Maps): Promise<void> {
  if (!(await writeOwn(kernel, `/proc/${pid}/uid_map`, uids)))
    await mapByProgram(kernel, 'newuidmap', { pid, lines: uids });
  if (isSingle(gids)) {
    kernel.step(HEADING, 'give up changing groups, without which nobody may map the own one', 'linux.gidMappings');
    write(kernel, `/proc/${pid}/setgroups`, 'deny');
  }
  if (!(await writeOwn(kernel, `/proc/${pid}/gid_map`, gids)))
    await mapByProgram(kernel, 'newgidmap', { pid, lines: gids });
}

const isSingle = (lines: readonly IdMapping[]) => lines.length === 1 && lines[0]?.size === 1;

/** A map of one id, if it is our own; false: it takes the program. */
async function writeOwn(kernel: Kernel, file: string, lines: readonly IdMapping[]): Promise<boolean> {
  if (!isSingle(lines)) return false;
  kernel.step(HEADING, `map our own id (${file})`, 'linux.uidMappings');
  return (await write(kernel, file, mapText(lines))) >= 0;
}

function write(kernel: Kernel, file: string, text: string) {
  const fd = kernel.openat(AT_FDCWD, file, O_WRONLY);
  const written = kernel.write(fd, text, { allow: [EPERM] });
  kernel.close(fd);
  return written;
}

async function mapByProgram(
  kernel: Kernel,
  name: 'newuidmap' | 'newgidmap',
  { pid, lines }: { pid: number; lines: readonly IdMapping[] },
): Promise<void> {
  const path = FOLDERS.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) {
    throw new KeelsonError('unavailable', `cannot map ids besides the own one: there is no ${name}`, {
      code: 'ID_MAP_PROGRAM',
      hint: 'install the package uidmap (shadow-utils)',
    });
  }
  kernel.step(HEADING, `map ids that the host gives to us (${name})`, 'linux.uidMappings');
  const argv = [name, String(pid), ...lines.flatMap((m) => [m.containerID, m.hostID, m.size].map(String))];
  const { status, errors } = await runProgram(kernel, { path, argv });
  if (status === 0) return;
  const file = name === 'newuidmap' ? '/etc/subuid' : '/etc/subgid';
  throw new KeelsonError('denied', `cannot map the ids: ${errors.trim() || `${name} ended with ${status}`}`, {
    code: 'ID_MAP_DENIED',
    hint: `the ranges must be the user's: see ${file} (subuid(5)), and the range that usermod --add-subuids adds`,
  });
}
