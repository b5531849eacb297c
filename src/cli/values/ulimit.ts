import { invalid } from '../../base/index.ts';

/** The limits of setrlimit(2), spelled as Docker and limits.conf(5) do. */
const NAMES: ReadonlySet<string> = new Set([
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
]);

export interface Ulimit {
  name: string;
  /** -1: no limit. */
  soft: number;
  hard: number;
}

/** `nofile=1024:2048`, `core=0`, `memlock=-1`; the hard limit is the soft one where it is left out. */
export function ulimitValue(text: string): Ulimit {
  const [, name = '', softText = '', hardText = softText] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
  const soft = Number(softText);
  const hard = Number(hardText);
  if (name === '' || soft > Number.MAX_SAFE_INTEGER || hard > Number.MAX_SAFE_INTEGER) {
    throw invalid('ULIMIT_INVALID', 'expected NAME=SOFT[:HARD] such as nofile=1024:2048; -1 means no limit');
  }
  if (!NAMES.has(name)) throw invalid('ULIMIT_UNKNOWN', `expected one of ${[...NAMES].join(', ')} before '='`);
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    throw invalid('ULIMIT_SOFT_ABOVE_HARD', 'the soft limit must not be above the hard one');
  }
  return { name, soft, hard };
}
