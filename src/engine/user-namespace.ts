import { invalid, KeelsonError } from '../base/index.ts';
import type { IdMap, Linux, UserNamespaceConfig } from '../spec/index.ts';

/** Ids a container gets when it does not say how many: all that 16 bits can name, as in newuidmap's defaults. */
const RANGE = 65_536;

/**
 * Host ids for `--userns auto` where no file reserves any: above those that systemd-nspawn takes, below those that
 * systemd calls foreign (uids-gids.html of systemd).
 */
export const UNUSED: IdRange = { start: 0x70000000, count: 0x0ffe0000 };

/** Whose lines of /etc/subuid and /etc/subgid are for containers; podman's name is the second. */
const OWNERS = ['keelson', 'containers'] as const;

export interface IdRange {
  start: number;
  count: number;
}

/**
 * Where ranges for containers may lie. `subuid`, `subgid`: the texts of the files, empty where there are none. Only a
 * range that both reserve is used, so that one number names a container's range.
 */
export function rangePool(subuid: string, subgid: string): IdRange {
  const gids = readRanges(subgid);
  const reserved = readRanges(subuid).find(
    (u) => u.count >= RANGE && gids.some((g) => g.start <= u.start && g.start + g.count >= u.start + u.count),
  );
  return reserved ?? UNUSED;
}

/** `keelson:100000:65536` (subuid(5)) */
function readRanges(text: string): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [, owner = '', start, count] = /^([^:#]+):(\d{1,10}):(\d{1,10})$/.exec(line.trim()) ?? [];
    return OWNERS.some((o) => o === owner) ? [{ start: Number(start), count: Number(count) }] : [];
  });
}

/** Container ids from 0 on, to the host ids from `start` on. */
function plainMap(start: number, size: number): IdMap[] {
  return [{ containerID: 0, hostID: start, size }];
}

/**
 * The user keeps an id of the host, the others come from the range: `podman run --userns keep-id`.
 * @throws KeelsonError invalid `KEEP_ID_OF_ROOT`: root in the container would be root of the host
 */
export function keepIdMap(kept: { host: number; container: number }, range: IdRange): IdMap[] {
  if (kept.host === 0) {
    throw invalid(
      'KEEP_ID_OF_ROOT',
      "--userns keep-id would keep root's id, and so its power over the host",
      'use --userns auto, or --uidmap and --gidmap',
    );
  }
  const below = Math.min(kept.container, range.count);
  const rest = range.count - below;
  const maps = [
    { containerID: 0, hostID: range.start, size: below },
    { containerID: kept.container, hostID: kept.host, size: 1 },
    { containerID: kept.container + 1, hostID: range.start + below, size: rest },
  ];
  return maps.filter((m) => m.size > 0);
}

/** What `--userns` comes to. `reserve` gives the start of a free range of so many ids. */
export function resolveUserNamespace(
  user: UserNamespaceConfig,
  caller: { uid: number; gid: number; reserve: (size: number) => number },
): Extract<UserNamespaceConfig, { mode: 'host' | 'maps' }> {
  if (user.mode === 'host' || user.mode === 'maps') return user;
  if (user.mode === 'auto') {
    const size = user.size ?? RANGE;
    const maps = plainMap(caller.reserve(size), size);
    return { mode: 'maps', uidMaps: maps, gidMaps: maps };
  }
  // Refused before a range is taken.
  for (const host of [caller.uid, caller.gid]) keepIdMap({ host, container: 0 }, { start: 1, count: 1 });
  const range = { start: caller.reserve(RANGE), count: RANGE };
  return {
    mode: 'maps',
    uidMaps: keepIdMap({ host: caller.uid, container: user.uid ?? caller.uid }, range),
    gidMaps: keepIdMap({ host: caller.gid, container: user.gid ?? caller.gid }, range),
  };
}

/** Starts of the blocks of RANGE ids that a reservation of `size` ids takes, one list for each place it could be at. */
export function* candidates(pool: IdRange, size: number): Generator<number[]> {
  const blocks = Math.ceil(size / RANGE);
  for (let at = 0; (at + blocks) * RANGE <= pool.count; at++) {
    yield Array.from({ length: blocks }, (_, i) => pool.start + (at + i) * RANGE);
  }
}

export function noRangeLeft(size: number): KeelsonError {
  return new KeelsonError('exhausted', `no ${size} ids are left for a user namespace`, {
    code: 'IDS_EXHAUSTED',
    hint: 'remove containers, or reserve more for keelson in /etc/subuid and /etc/subgid',
  });
}

/** The fields of the specification for maps that are known. */
export function idMappings(user: UserNamespaceConfig | undefined): Pick<Linux, 'uidMappings' | 'gidMappings'> {
  return user?.mode === 'maps' ? { uidMappings: user.uidMaps, gidMappings: user.gidMaps } : {};
}
