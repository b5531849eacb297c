/** Docker's long forms of two words, each with the command of the table that it is. */
export const LONG_FORMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  container: {
    commit: 'commit',
    diff: 'diff',
    exec: 'exec',
    export: 'export',
    inspect: 'inspect',
    kill: 'kill',
    logs: 'logs',
    ls: 'ps',
    rm: 'rm',
    run: 'run',
    stop: 'stop',
    wait: 'wait',
  },
  healthcheck: { run: 'healthcheck run' },
  image: {
    history: 'history',
    import: 'import',
    inspect: 'image inspect',
    load: 'load',
    ls: 'images',
    mount: 'image mount',
    prune: 'image prune',
    pull: 'pull',
    push: 'push',
    rm: 'rmi',
    save: 'save',
    tag: 'tag',
    unmount: 'image unmount',
  },
  system: { df: 'system df' },
  volume: {
    create: 'volume create',
    inspect: 'volume inspect',
    ls: 'volume ls',
    prune: 'volume prune',
    rm: 'volume rm',
  },
};

/** Other names of second words. */
const ALIASES: Readonly<Record<string, string>> = { list: 'ls', ps: 'ls', remove: 'rm', umount: 'unmount' };

/** The command of a long form; undefined when there is none of these two words. */
export function longForm(first: string, second: string): string | undefined {
  const forms = Object.hasOwn(LONG_FORMS, first) ? LONG_FORMS[first] : undefined;
  if (forms === undefined) return undefined;
  const word = Object.hasOwn(ALIASES, second) ? (ALIASES[second] ?? second) : second;
  return Object.hasOwn(forms, word) ? forms[word] : undefined;
}
