import { invalid } from '../../base/index.ts';
import type { IdMap, UserNamespaceConfig } from '../../spec/index.ts';

const EXPECTED = 'expected host, auto[:size=COUNT] or keep-id[:uid=UID,gid=GID]';

/** Ids are 32 bits wide, and the last one, -1, means "no change" to the system calls. */
const LAST_ID = 2 ** 32 - 2;

/** `--userns host`, `auto`, `auto:size=65536`, `keep-id`, `keep-id:uid=1000,gid=1000` */
export function usernsMode(text: string): UserNamespaceConfig {
  const [, mode, optionText] = /^(host|auto|keep-id)(?::(.*))?$/s.exec(text) ?? [];
  if (mode === undefined || (mode === 'host' && optionText !== undefined)) throw invalid('USERNS_INVALID', EXPECTED);
  if (mode === 'host') return { mode };
  const options = readOptions(optionText, mode === 'auto' ? ['size'] : ['uid', 'gid']);
  if (mode === 'auto') return options.size === 0 ? fail() : { mode, ...options };
  return { mode: 'keep-id', ...options };
}

function readOptions(text: string | undefined, known: readonly string[]): Record<string, number> {
  const options: Record<string, number> = {};
  for (const part of text?.split(',') ?? []) {
    const [, name = '', number] = /^(\w+)=(\d{1,10})$/.exec(part) ?? [];
    if (!known.includes(name) || Object.hasOwn(options, name) || Number(number) > LAST_ID) fail();
    options[name] = Number(number);
  }
  return options;
}

function fail(): never {
  throw invalid('USERNS_INVALID', EXPECTED);
}

/** `--uidmap 0:100000:65536`: a line of uid_map (user_namespaces(7)); one id when the count is left out. */
export function idMapValue(text: string): IdMap {
  const [, container, host, count = '1'] = /^(\d{1,10}):(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? [];
  const map = { containerID: Number(container), hostID: Number(host), size: Number(count) };
  const fits = map.size >= 1 && map.containerID + map.size - 1 <= LAST_ID && map.hostID + map.size - 1 <= LAST_ID;
  if (container !== undefined && fits) return map;
  throw invalid('ID_MAP_INVALID', 'expected CONTAINER_ID:HOST_ID[:COUNT] such as 0:100000:65536');
}

/**
 * The user namespace that `--userns`, `--uidmap` and `--gidmap` ask for together. With only one kind of map the other is
 * the same, which is what people mean.
 */
export function userNamespace(
  mode: UserNamespaceConfig | undefined,
  uidMaps: readonly IdMap[],
  gidMaps: readonly IdMap[],
): UserNamespaceConfig | undefined {
  if (uidMaps.length === 0 && gidMaps.length === 0) return mode;
  if (mode !== undefined) throw invalid('FLAGS_CONFLICT', '--userns and --uidmap or --gidmap exclude each other');
  const uids = uidMaps.length === 0 ? gidMaps : uidMaps;
  const gids = gidMaps.length === 0 ? uidMaps : gidMaps;
  checkOverlap('--uidmap', uids);
  checkOverlap('--gidmap', gids);
  return { mode: 'maps', uidMaps: [...uids], gidMaps: [...gids] };
}

/** The kernel answers EINVAL to ranges that overlap on either side, and to more than 340 of them. */
function checkOverlap(flag: string, maps: readonly IdMap[]): void {
  if (maps.length > 340) throw invalid('ID_MAP_TOO_MANY', `${flag} can be given 340 times, not ${maps.length}`);
  for (const side of ['containerID', 'hostID'] as const) {
    const sorted = maps.toSorted((a, b) => a[side] - b[side]);
    const clash = sorted.find((map, index) => index > 0 && map[side] < end(sorted[index - 1], side));
    if (clash !== undefined) {
      const range = `${clash[side]} to ${end(clash, side) - 1}`;
      throw invalid(
        'ID_MAP_OVERLAP',
        `${flag}: the ${side === 'hostID' ? 'host' : 'container'} ids ${range} are mapped twice`,
      );
    }
  }
}

function end(map: IdMap | undefined, side: 'containerID' | 'hostID'): number {
  return map === undefined ? 0 : map[side] + map.size;
}
