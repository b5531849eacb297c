import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AT_FDCWD,
  CLONE_NEWNS,
  MS_PRIVATE,
  MS_REC,
  O_PATH,
  runProgram,
  startAgent,
} from '../../../src/kernel/index.ts';
import { createOverlay, type LowerSyntax } from '../../../src/runtime/rootfs/create-overlay.ts';
import { temporaryFolder } from '../agent/processes.ts';

/** What an overlay over `layers` folders shows, in a mount namespace of its own. */
async function look(layers: number, syntax: LowerSyntax, name = 'plain'): Promise<string> {
  using temporary = temporaryFolder();
  const base = join(temporary.path, name);
  const folder = (path: string) => {
    mkdirSync(join(base, path), { recursive: true });
    return join(base, path);
  };
  const lower = Array.from({ length: layers }, (_, i) => {
    const path = folder(`lower/${i}`);
    writeFileSync(join(path, 'same'), `${i}\n`);
    writeFileSync(join(path, `of-${i}`), '');
    return path;
  });
  const root = { lower, upper: folder('upper'), work: folder('work') };
  const place = folder('place');
  await using agent = startAgent({ channels: 4, stdio: ['ignore', 'ignore', 'ignore'] });
  const { kernel } = agent.kernel.clone(CLONE_NEWNS, { name: 'mounter', channels: 2 });
  kernel.mount(null, '/', null, MS_PRIVATE | MS_REC);
  const overlay = createOverlay(kernel, root, syntax);
  kernel.moveMount(overlay, kernel.openat(AT_FDCWD, place, O_PATH));
  const script = `cd '${place}' && cat same && ls | wc -l && echo new > new`;
  const sent = agent.kernel.flush();
  const { status, output, errors } = await runProgram(kernel, { path: '/bin/sh', argv: ['sh', '-c', script] });
  await sent;
  kernel.release();
  assert.equal(errors, '');
  assert.equal(status, 0);
  assert.equal(readFileSync(join(root.upper, 'new'), 'utf8'), 'new\n');
  return output;
}

for (const syntax of ['key-each', 'one-text'] as const) {
  test(`${syntax}: the first layer is on top and all show`, async () => {
    assert.equal(await look(3, syntax), '0\n4\n');
  });

  test(`${syntax}: paths with special characters`, async () => {
    assert.equal(await look(2, syntax, 'a:b,c\\d"e'), '0\n3\n');
  });

  test(`${syntax}: paths longer than one option may be`, async () => {
    assert.equal(await look(2, syntax, `${'x'.repeat(200)}/${'y'.repeat(200)}`), '0\n3\n');
  });

  test(`${syntax}: more layers than fit a page by their paths`, async () => {
    assert.equal(await look(200, syntax), '0\n201\n');
  });
}
