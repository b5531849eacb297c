import { KeelsonError } from '../../base/index.ts';
import type { ByteString } from '../tar/tar-entry.ts';

/** NAME_MAX and PATH_MAX of linux/limits.h, without the NUL. */
const LONGEST_PART = 255;
const LONGEST_PATH = 4095;

/** Where an entry goes: the folder it lies in and its name there. Both empty for the root itself. */
export interface EntryPath {
  /** `usr/bin`: no slash at either end, no empty part, no `.` and no `..`; empty for the root. */
  folder: ByteString;
  base: ByteString;
}

/**
 * Reads the name of an entry, or the target of a hard link, as a path below the layer's root. A slash in front means the
 * root, as for tar(1) and Docker.
 * @throws KeelsonError `LAYER_PATH` for a name that leads upwards or that no file can have
 */
export function entryPath(name: ByteString): EntryPath {
  return plainPath(name) ?? unusualPath(name);
}

/** A name such as nearly all archives have, `usr/bin/true` or `./usr/bin/`, which has nothing to be taken out. */
function plainPath(name: ByteString): EntryPath | undefined {
  const from = name.startsWith('./') ? 2 : 0;
  const to = name.endsWith('/') ? name.length - 1 : name.length;
  // A hidden file is unusual here, too.
  if (to - from > LONGEST_PART || name[from] === '.' || !/^(?:\.\/)?[^/\0]/.test(name)) return undefined;
  if (name.includes('//') || name.includes('/.', from) || name.includes('\0')) return undefined;
  const slash = name.lastIndexOf('/', to - 1);
  if (slash < from) return { folder: '', base: name.slice(from, to) };
  return { folder: name.slice(from, slash), base: name.slice(slash + 1, to) };
}

function unusualPath(name: ByteString): EntryPath {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw pathError(name, "has '..' in it");
  if (name.includes('\0')) throw pathError(name, 'holds a NUL byte');
  if (parts.some((part) => part.length > LONGEST_PART)) throw pathError(name, 'has a part of more than 255 bytes');
  const base = parts.pop() ?? '';
  const folder = parts.join('/');
  if (folder.length + base.length + 1 > LONGEST_PATH) throw pathError(name, 'is longer than 4095 bytes');
  return { folder, base };
}

export function joined({ folder, base }: EntryPath): ByteString {
  return folder === '' ? base : `${folder}/${base}`;
}

/** A name as messages show it. */
export function shownName(name: ByteString): string {
  if (name.length <= 118 && /^[ !#-[\]-~]*$/.test(name)) return `"${name}"`;
  const text = JSON.stringify(Buffer.from(name, 'latin1').toString());
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}

function pathError(name: ByteString, problem: string): KeelsonError {
  return new KeelsonError('invalid', `layer: the name ${shownName(name)} ${problem}`, { code: 'LAYER_PATH' });
}
