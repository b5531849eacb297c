/** A room may import these rooms, always through their `index.ts`. Any other import between rooms is an error. */
export const rooms = {
  base: [],
  spec: ['base'],
  kernel: ['base'],
  runtime: ['base', 'spec', 'kernel'],
  image: ['base', 'spec', 'kernel'],
  network: ['base', 'spec', 'kernel'],
  engine: ['base', 'spec', 'runtime', 'image', 'network'],
  oci: ['base', 'spec', 'runtime'],
  api: ['base', 'spec'],
  sdk: ['base', 'spec', 'engine', 'api'],
  cli: ['base', 'spec', 'sdk'],
  bin: ['base', 'spec', 'kernel', 'runtime', 'image', 'network', 'engine', 'oci', 'api', 'sdk', 'cli'],
} as const satisfies Record<string, readonly string[]>;

export type Room = keyof typeof rooms;

/** What the package's name leads to; only code outside `src/` may use it. */
export const packageDoors: Readonly<Record<string, string>> = {
  keelson: 'src/sdk/index.ts',
  'keelson/kernel': 'src/kernel/index.ts',
};

/** Folders outside `src/` and whether they see the product as a user does, through its doors alone. */
const folders: Readonly<Record<string, { doorsOnly: boolean }>> = {
  examples: { doorsOnly: true },
  bench: { doorsOnly: true },
  test: { doorsOnly: false },
  scripts: { doorsOnly: true },
};

/** The room that a path like `src/kernel/errno.ts` lies in, if it lies in one. */
export function roomOf(path: string): Room | undefined {
  const [top, name] = path.split('/');
  return top === 'src' && name !== undefined && isRoom(name) ? name : undefined;
}

function isRoom(name: string): name is Room {
  return Object.hasOwn(rooms, name);
}

export function isTest(path: string): boolean {
  return path.startsWith('test/') || path.endsWith('.test.ts');
}

/** May `from` import the file `to` in another room? Answers what is wrong, or nothing. */
export function wrongImport(from: string, to: string): string | undefined {
  const target = roomOf(to);
  const source = roomOf(from);
  if (source !== undefined && target === undefined) return `${to} is not part of the product`;
  if (target === undefined || source === target) return undefined;
  if (from.startsWith('test/')) return undefined;
  if (source === undefined && folders[from.split('/')[0] ?? '']?.doorsOnly === false) return undefined;
  if (to !== `src/${target}/index.ts`) return `${to} is past the door of its room; import src/${target}/index.ts`;
  // A unit test may compose rooms that its subject may not: it stands where src/bin stands.
  if (source === undefined || isTest(from)) return undefined;
  const allowed: readonly string[] = rooms[source];
  return allowed.includes(target)
    ? undefined
    : `${source} may import ${allowed.join(', ') || 'nothing'}, not ${target}`;
}
