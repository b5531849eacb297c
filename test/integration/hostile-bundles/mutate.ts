/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % end;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}

/** Values for any place: of another kind, at or past a bound, or such that break whoever reads them carelessly. */
const ODD_VALUES: readonly [unknown, ...unknown[]] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 + 2,
  2 ** 64,
  -(2 ** 63),
  1e308,
  '',
  ' ',
  '/',
  '.',
  '..',
  '../../../..',
  '/../..',
  '\0',
  'a\0b',
  'a\nb',
  '\u001b[2J',
  '\ud800',
  '\u202e',
  '💥'.repeat(300),
  'x'.repeat(5000),
  '/x'.repeat(2100),
  '%s%n%d',
  '${PATH}',
  '-1',
  '0x0',
  '1e3',
  '__proto__',
  'rbind',
  'ro',
  'SCMP_ACT_KILL',
  [],
  {},
  [[]],
  [null],
  { type: 'x' },
  JSON.parse('{"__proto__": {"type": "mount"}, "constructor": 1}'),
  nested(1000),
  Array.from({ length: 2000 }, () => 'x'),
];

/** A list in a list in a list. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Every object and list in a document. */
function containersOf(value: unknown, found: Container[] = []): Container[] {
  if (!isContainer(value) || found.length > 500) return found;
  found.push(value);
  for (const inner of Object.values(value)) containersOf(inner, found);
  return found;
}

/** A JSON document, given as text, with `count` changes, each at a random place. */
export function mutate(document: string, random: Random, count: number): unknown {
  const copy: unknown = JSON.parse(document);
  for (let i = 0; i < count; i++) change(containersOf(copy), random);
  return copy;
}

function change(containers: readonly Container[], random: Random): void {
  const at = containers[random.below(containers.length)] ?? [];
  const keys = Object.keys(at);
  const key = keys[random.below(keys.length || 1)] ?? 'added';
  const value: unknown = Reflect.get(at, key);
  const kind = random.below(10);
  if (kind === 0) Reflect.deleteProperty(at, key);
  else if (kind === 1 && Array.isArray(at)) at.push(structuredClone(value));
  else if (kind === 2 && Array.isArray(at)) at.reverse();
  else if (kind === 3) put(at, String(random.pick(['type', 'path', 'unknown', '__proto__', ''])), value);
  else if (kind === 4) put(at, key, [value]);
  else if (kind === 5 && typeof value === 'string') put(at, key, changedText(value, random));
  else if (kind === 6 && typeof value === 'number') put(at, key, value + random.pick([-1, 1, 2 ** 32, -(2 ** 32)]));
  else put(at, key, structuredClone(random.pick(ODD_VALUES)));
}

/** As JSON.parse does it: `__proto__` is a name like others. */
function put(at: Container, key: string, value: unknown): void {
  Object.defineProperty(at, key, { value, writable: true, enumerable: true, configurable: true });
}

function changedText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return (
    text.slice(0, at) + random.pick(['/', '..', '\n', '=', ',', '\0', 'é', '-']) + text.slice(at + random.below(2))
  );
}
