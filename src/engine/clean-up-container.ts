import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openContext } from './engine-context.ts';
import { recoverContainer } from './recover.ts';

/**
 * Records the end of one container and takes away what it leaves, all of it with `autoRemove`. Idempotent, beside other
 * engines too; a container or data root that has gone is no error.
 * @param id whole
 */
export async function cleanUpContainer(root: string, id: string): Promise<void> {
  // A data root that was removed must not come back.
  if (!existsSync(join(root, 'db.sqlite'))) return;
  const context = openContext(root);
  using _store = context.store;
  await recoverContainer(context, id);
}
