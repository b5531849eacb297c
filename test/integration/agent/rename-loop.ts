import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AT_FDCWD, startAgent } from '../../../src/kernel/index.ts';

const RENAMES = 200;
/** Batches that wait at the agent's door, so that it does not wait for us. */
const AHEAD = 4;

/** Renames a file in the folder, again and again, in a process of its own. */
export function startRenaming(folder: string): AsyncDisposable {
  const agent = startAgent();
  const { kernel } = agent;
  const [one, other] = [join(folder, 'one'), join(folder, 'other')];
  writeFileSync(one, '');
  let isWanted = true;
  const work = async () => {
    while (isWanted) {
      for (let i = 0; i < RENAMES; i++) {
        kernel.renameat2([AT_FDCWD, one], [AT_FDCWD, other]);
        kernel.renameat2([AT_FDCWD, other], [AT_FDCWD, one]);
      }
      await kernel.flush();
    }
  };
  const running = Promise.all(Array.from({ length: AHEAD }, work));
  running.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      isWanted = false;
      await running;
      await agent.stop();
    },
  };
}
