import { KeelsonError } from '../../base/index.ts';

const PATH_MAX = 4096;

/** A line of passwd(5). */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A line of group(5). */
export interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** Reads passwd(5); lines that are not of its form are passed over, as the C library does. */
export function parseAccounts(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(':');
    if (!name || !isId(uid) || !isId(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home ?? '' }];
  });
}

/** Reads group(5). */
export function parseGroups(text: string): Group[] {
  return text.split('\n').flatMap((line) => {
    const [name, , gid, members] = line.split(':');
    if (!name || !isId(gid)) return [];
    return [{ name, gid: Number(gid), members: (members ?? '').split(',').filter((m) => m !== '') }];
  });
}

/** Who a process runs as, in numbers. */
export interface Identity {
  uid: number;
  gid: number;
  /** Supplementary groups. */
  groups: number[];
  /** Those of them that nobody asked for by name or number: the account is in them. */
  byMembership?: readonly number[];
  /** From /etc/passwd; `/` for a number that is not in it. */
  home: string;
}

/**
 * Looks up `user`, `uid`, `user:group` or `uid:gid` as Docker does: a name must be in the files, a number need not be;
 * without a group, the account's own and the supplementary ones that name it.
 * Errors: not-found `USER_NOT_FOUND`, `GROUP_NOT_FOUND`; invalid for a number over 2^32 - 2: it would wrap to another
 * id, and 2^32 - 1 means "leave it" to setresuid(2).
 */
export function resolveIdentity(
  wanted: { user: string; groups: readonly string[] },
  files: { accounts: readonly Account[]; groups: readonly Group[] },
): Identity {
  const [userPart = '', groupPart = ''] = splitOnce(wanted.user);
  const name = userPart === '' ? '0' : userPart;
  const account = findAccount(name, files.accounts);
  const uid = account?.uid ?? parseId(name);
  if (uid === undefined) {
    throw new KeelsonError('not-found', `no user ${JSON.stringify(name)} in the container's /etc/passwd`, {
      code: 'USER_NOT_FOUND',
      hint: 'give a number, or a name that is in the image',
    });
  }
  const gid = groupPart === '' ? (account?.gid ?? 0) : groupId(groupPart, files.groups);
  const supplementary =
    groupPart === '' && account ? files.groups.filter((g) => g.members.includes(account.name)).map((g) => g.gid) : [];
  const added = wanted.groups.map((group) => groupId(group, files.groups));
  const groups = [...new Set([gid, ...supplementary, ...added])];
  return { uid, gid, groups, byMembership: supplementary, home: usableHome(account) };
}

/** The home folder of a user id; `/` for one that has no account. */
export function homeOf(uid: number, accounts: readonly Account[]): string {
  return usableHome(accounts.find((account) => account.uid === uid));
}

/** The image decides what stands there: what no path can be would make execve(2) fail, or be cut by it. */
function usableHome(account: Account | undefined): string {
  const { home = '' } = account ?? {};
  return home === '' || home.length >= PATH_MAX || home.includes('\0') ? '/' : home;
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

function findAccount(name: string, accounts: readonly Account[]): Account | undefined {
  const byName = accounts.find((a) => a.name === name);
  if (byName) return byName;
  const id = parseId(name);
  return id === undefined ? undefined : accounts.find((a) => a.uid === id);
}

function groupId(group: string, groups: readonly Group[]): number {
  const gid = groups.find((g) => g.name === group)?.gid ?? parseId(group);
  if (gid !== undefined) return gid;
  throw new KeelsonError('not-found', `no group ${JSON.stringify(group)} in the container's /etc/group`, {
    code: 'GROUP_NOT_FOUND',
    hint: 'give a number, or a name that is in the image',
  });
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) < 0xffffffff;
}

/** A decimal id; undefined for a name. Errors: invalid `ID_OUT_OF_RANGE`. */
function parseId(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  if (isId(text)) return Number(text);
  throw new KeelsonError('invalid', `the id ${text} is not between 0 and 4294967294`, { code: 'ID_OUT_OF_RANGE' });
}
