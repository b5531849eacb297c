import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Kernel } from '../../../src/kernel/index.ts';
import {
  AT_FDCWD,
  EAGAIN,
  O_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  RESOLVE_IN_ROOT,
  startAgent,
} from '../../../src/kernel/index.ts';
import { temporaryFolder } from './processes.ts';
import { startRenaming } from './rename-loop.ts';

const PATH = 'a/../a/..';

/** As `openat2`, but made once. */
function openOnce(kernel: Kernel, root: number) {
  const how = Buffer.alloc(24);
  how.writeUInt32LE(O_PATH | O_CLOEXEC, 0);
  how.writeUInt32LE(RESOLVE_IN_ROOT, 16);
  return kernel.issue({ name: 'openat2', args: [root, PATH, how, how.length], allow: [EAGAIN] }, ({ value }) => value);
}

test('a path with .. is found while somebody renames', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'a'));
  await using agent = startAgent();
  await using renaming = startRenaming(folder.path);
  void renaming;
  const { kernel } = agent;
  const root = await kernel.openat(AT_FDCWD, folder.path, O_PATH);
  // Until as many look-ups as would be tried again were disturbed.
  for (let disturbed = 0; disturbed < 50; ) {
    const found = Array.from({ length: 100 }, () => {
      const once = openOnce(kernel, root);
      kernel.close(once, { allow: 'any' });
      const fd = kernel.openat2(root, PATH, { flags: O_PATH, resolve: RESOLVE_IN_ROOT });
      kernel.close(fd);
      return once;
    });
    for (const once of found) if ((await once) === -EAGAIN) disturbed++;
  }
});

test('a call that cannot be made now is not tried for ever', async () => {
  await using agent = startAgent();
  const { kernel } = agent;
  const [read] = kernel.pipe2(O_NONBLOCK);
  const nothing = kernel.issue(
    { name: 'read', args: [read, Buffer.alloc(1), 1], retries: 1000, allow: [EAGAIN] },
    ({ value }) => value,
  );
  assert.equal(await nothing, -EAGAIN);
});
