import { invalid } from '../base/index.ts';
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_RELATIME,
  MOUNT_ATTR_STRICTATIME,
  MS_BIND,
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SILENT,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from './mount-constants.ts';

/** What a list of mount options asks for. */
export interface MountOptions {
  /** MS_* bits of mount(2) to set and to clear, of this mount or its file system. */
  flagsSet: number;
  flagsCleared: number;
  /** The part of them that belongs to the mount alone, as MOUNT_ATTR_* for mount_setattr(2) on this mount. */
  attrSet: number;
  attrClear: number;
  /** The same for this mount and all mounts below it (`rro`): mount_setattr(2) with AT_RECURSIVE, Linux 5.12. */
  recursiveAttrSet: number;
  recursiveAttrClear: number;
  /** To be applied one after the other, after the mount is there. */
  propagation: Propagation[];
  bind: 'none' | 'bind' | 'rbind';
  remount: boolean;
  /** Map ids (MOUNT_ATTR_IDMAP), of this mount or of all below it. */
  idmap: 'none' | 'idmap' | 'ridmap';
  /** Copy what the tmpfs hides into it. */
  tmpcopyup: boolean;
  /** Whatever we do not know: for the file system, in order, such as `size=64m`. */
  data: string[];
  /** Pairs that cannot both hold, such as `ro` and `rw`. Where nobody objects the later one holds, as for mount(8). */
  conflicts: { first: string; second: string }[];
}

export type Propagation =
  | 'private'
  | 'rprivate'
  | 'slave'
  | 'rslave'
  | 'shared'
  | 'rshared'
  | 'unbindable'
  | 'runbindable';

/** A property of a mount or a file system, which one option sets and another clears. */
interface Property {
  /** What mount(8) calls the option that sets it, and the one that clears it. */
  set: string;
  clear?: string;
  flag: number;
  /** For a property of the mount itself; such a one has recursive options too. */
  attr?: number;
  /** The bits of which exactly one value holds. */
  field?: number;
}

/** The three ways to keep access times are values of one field; so is their absence, which is `relatime`. */
const ATIME = { field: MOUNT_ATTR__ATIME } as const;

const PROPERTIES: readonly Property[] = [
  { set: 'ro', clear: 'rw', flag: MS_RDONLY, attr: MOUNT_ATTR_RDONLY },
  { set: 'nosuid', clear: 'suid', flag: MS_NOSUID, attr: MOUNT_ATTR_NOSUID },
  { set: 'nodev', clear: 'dev', flag: MS_NODEV, attr: MOUNT_ATTR_NODEV },
  { set: 'noexec', clear: 'exec', flag: MS_NOEXEC, attr: MOUNT_ATTR_NOEXEC },
  { set: 'nodiratime', clear: 'diratime', flag: MS_NODIRATIME, attr: MOUNT_ATTR_NODIRATIME },
  { set: 'nosymfollow', clear: 'symfollow', flag: MS_NOSYMFOLLOW, attr: MOUNT_ATTR_NOSYMFOLLOW },
  { set: 'noatime', clear: 'atime', flag: MS_NOATIME, attr: MOUNT_ATTR_NOATIME, ...ATIME },
  { set: 'strictatime', clear: 'nostrictatime', flag: MS_STRICTATIME, attr: MOUNT_ATTR_STRICTATIME, ...ATIME },
  { set: 'relatime', clear: 'norelatime', flag: MS_RELATIME, attr: MOUNT_ATTR_RELATIME, ...ATIME },
  { set: 'sync', clear: 'async', flag: MS_SYNCHRONOUS },
  { set: 'dirsync', flag: MS_DIRSYNC },
  { set: 'lazytime', clear: 'nolazytime', flag: MS_LAZYTIME },
  { set: 'mand', clear: 'nomand', flag: MS_MANDLOCK },
  { set: 'silent', clear: 'loud', flag: MS_SILENT },
  { set: 'iversion', clear: 'noiversion', flag: MS_I_VERSION },
];

const MS_ATIME = MS_NOATIME | MS_STRICTATIME | MS_RELATIME;

const PROPAGATIONS: readonly Propagation[] = [
  'private',
  'rprivate',
  'slave',
  'rslave',
  'shared',
  'rshared',
  'unbindable',
  'runbindable',
];

interface Meaning {
  property: Property;
  set: boolean;
  recursive: boolean;
}

const MEANINGS = new Map<string, Meaning>();
for (const property of PROPERTIES) {
  for (const recursive of property.attr === undefined ? [false] : [false, true]) {
    const prefix = recursive ? 'r' : '';
    MEANINGS.set(prefix + property.set, { property, set: true, recursive });
    if (property.clear !== undefined) MEANINGS.set(prefix + property.clear, { property, set: false, recursive });
  }
}

const MODES = ['bind', 'rbind', 'remount', 'defaults', 'idmap', 'ridmap', 'tmpcopyup'] as const;

const BY_NAME = {
  propagation: new Map<string, Propagation>(PROPAGATIONS.map((name) => [name, name])),
  mode: new Map<string, (typeof MODES)[number]>(MODES.map((name) => [name, name])),
};

/** Every option that is not passed on to the file system, in alphabetical order, as `features` prints them. */
export const MOUNT_OPTION_NAMES: readonly string[] = [...MEANINGS.keys(), ...PROPAGATIONS, ...MODES].sort();

/**
 * Reads mount options as the OCI runtime specification and runc do: those of mount(8) that hold for all file systems, the
 * recursive ones with `r` in front, propagation, id mapping; anything else is data for the file system. Later options
 * override earlier ones; see `conflicts` for those that a person cannot have meant.
 */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result: MountOptions = {
    flagsSet: 0,
    flagsCleared: 0,
    attrSet: 0,
    attrClear: 0,
    recursiveAttrSet: 0,
    recursiveAttrClear: 0,
    propagation: [],
    bind: 'none',
    remount: false,
    idmap: 'none',
    tmpcopyup: false,
    data: [],
    conflicts: [],
  };
  const seen = new Set<string>();
  for (const option of options) {
    const meaning = MEANINGS.get(option);
    const propagation = BY_NAME.propagation.get(option);
    const mode = BY_NAME.mode.get(option);
    if (meaning !== undefined) applyProperty(result, meaning);
    else if (propagation !== undefined) result.propagation.push(propagation);
    else if (mode !== undefined) applyMode(result, mode);
    else {
      if (option !== '') result.data.push(option);
      continue;
    }
    for (const first of seen) if (contradict(first, option)) result.conflicts.push({ first, second: option });
    seen.add(option);
  }
  return result;
}

function applyProperty(result: MountOptions, { property, set, recursive }: Meaning): void {
  const { flag, attr, field } = property;
  if (!recursive) {
    const group = field === undefined ? flag : MS_ATIME;
    result.flagsSet = set ? (result.flagsSet & ~group) | flag : result.flagsSet & ~flag;
    result.flagsCleared = set ? result.flagsCleared & ~group : result.flagsCleared | flag;
  }
  if (attr === undefined) return;
  // "Not relatime" names no other value of the field, and relatime is what the kernel falls back to.
  if (field !== undefined && !set && attr === MOUNT_ATTR_RELATIME) return;
  // A field can only be set if it is cleared as a whole in the same call (mount_setattr(2)).
  const mask = field ?? attr;
  const setKey = recursive ? 'recursiveAttrSet' : 'attrSet';
  const clearKey = recursive ? 'recursiveAttrClear' : 'attrClear';
  const others = result[setKey] & ~mask;
  const replaces = field === undefined || set || (result[setKey] & mask) === attr;
  if (replaces) result[setKey] = set ? others | attr : others;
  result[clearKey] = set && field === undefined ? result[clearKey] & ~mask : result[clearKey] | mask;
}

function applyMode(result: MountOptions, option: (typeof MODES)[number]): void {
  switch (option) {
    case 'bind':
      if (result.bind === 'none') result.bind = 'bind';
      result.flagsSet |= MS_BIND;
      return;
    case 'rbind':
      result.bind = 'rbind';
      result.flagsSet |= MS_BIND | MS_REC;
      return;
    case 'remount':
      result.remount = true;
      result.flagsSet |= MS_REMOUNT;
      return;
    case 'idmap':
    case 'ridmap':
      result.idmap = option;
      return;
    case 'tmpcopyup':
      result.tmpcopyup = true;
      return;
    case 'defaults': // "rw, suid, dev, exec, async": what holds when nothing is said
      return;
  }
}

function contradict(first: string, second: string): boolean {
  const [a, b] = [MEANINGS.get(first), MEANINGS.get(second)];
  if (a !== undefined && b !== undefined) {
    if (a.property === b.property) return a.set !== b.set;
    return a.set && b.set && a.property.field !== undefined && b.property.field !== undefined;
  }
  if ((first === 'idmap' && second === 'ridmap') || (first === 'ridmap' && second === 'idmap')) return true;
  return isPropagation(first) && isPropagation(second) && !mayFollow(first, second);
}

function isPropagation(option: string): boolean {
  return BY_NAME.propagation.has(option);
}

/** `slave` and then `shared` is a state of its own (mount_namespaces(7)), and a kind may be said with and without depth. */
function mayFollow(first: string, second: string): boolean {
  const [a, b] = [first.replace(/^r/, ''), second.replace(/^r/, '')];
  return a === b || (a === 'slave' && b === 'shared');
}

/**
 * The same for options that a person wrote just now, where a contradiction is a mistake.
 * @throws KeelsonError `MOUNT_OPTIONS_CONFLICT`
 */
export function parseMountOptionsStrictly(options: readonly string[]): MountOptions {
  const result = parseMountOptions(options);
  const [conflict] = result.conflicts;
  if (conflict === undefined) return result;
  throw invalid(
    'MOUNT_OPTIONS_CONFLICT',
    `mount options '${conflict.first}' and '${conflict.second}' contradict each other`,
    'leave one of them out',
  );
}
