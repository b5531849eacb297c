import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, linesOf, namesIn, pidsThere } from '../what-is-there.ts';
import { output } from './run-program.ts';
import { cgroupParent } from './surroundings.ts';

/** Engines take things away a moment after they say so. */
const PATIENCE = 30_000;

/** All that containers could leave in the namespaces of the lane and below its cgroup. A line each. */
async function inventory(): Promise<string[]> {
  const [rules, links] = await Promise.all([output(['nft', 'list', 'ruleset']), output(['ip', '-o', 'link'])]);
  return [
    ...processes(),
    ...namesIn('/sys/fs/cgroup')
      .flatMap((name) => [join('/sys/fs/cgroup', name, cgroupParent), join('/sys/fs/cgroup', cgroupParent)])
      .flatMap(foldersBelow),
    ...linesOf('/proc/self/mountinfo')
      // Without the numbers, which say nothing about what is mounted.
      .map((line) => line.split(' ').slice(3).join(' ')),
    ...links.split('\n').map((line) => `link ${line.split(' ')[1]}`),
    ...rules.split('\n').map((line) => `rule ${line.replaceAll(/counter packets \d+ bytes \d+/g, 'counter')}`),
  ];
}

/** Takes down what there is now; the returned function fails when there is more. `expected` may come and go. */
export async function watchForLeaks(expected = /^$/): Promise<() => Promise<void>> {
  const before = new Set(await inventory());
  return async () => {
    const since = Date.now();
    for (;;) {
      const more = (await inventory()).filter((line) => !before.has(line) && !expected.test(line));
      if (more.length === 0) return;
      if (Date.now() - since > PATIENCE) throw new Error(`left behind:\n  ${more.join('\n  ')}`);
      await sleep(100);
    }
  };
}

function processes(): string[] {
  return pidsThere().flatMap((pid) => {
    const command = commandOf(pid);
    // Threads of the kernel have none; a zombie of a daemon neither, and that is the daemon's.
    return command === '' || /^(nft|ip) /.test(command) ? [] : [`process ${pid} ${command}`];
  });
}

function foldersBelow(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => [`cgroup ${join(path, name)}`, ...foldersBelow(join(path, name))]);
  } catch {
    return [];
  }
}
