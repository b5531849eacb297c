import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../src/sdk/index.ts';
import { LeakCheck } from '../../leak-check.ts';
import { configOf, runToEnd } from '../engine/container-under-test.ts';
import { START_KINDS } from './start-kinds.ts';

const program = fileURLToPath(new URL('die-at.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'keelson-kill-'));
/** How many moments of each kind of start are tried when not all are. */
const SAMPLES = process.env.KEELSON_FAULTS === 'all' ? Number.POSITIVE_INFINITY : 6;

before(async () => {
  await using engine = await openEngine({ root });
  await runToEnd(engine, configOf(['true']));
});
after(() => rmSync(root, { recursive: true }));

interface Ended {
  signal: string | undefined;
  output: string;
  errors: string;
}

function start(kind: string, at: number): Promise<Ended> {
  const args = ['--disable-warning=ExperimentalWarning', program, root, kind, String(at)];
  return new Promise((resolve) => {
    const env = { ...process.env, KEELSON_ROOT: root };
    execFile(process.execPath, args, { env }, (error, output, errors) =>
      resolve({ signal: error?.signal ?? undefined, output, errors }),
    );
  });
}

/** The next command: recovery, then the removal of what runs on by right. */
async function nextCommand(): Promise<void> {
  await using engine = await openEngine({ root });
  for (const { id } of await engine.list({ all: true })) await engine.remove(id, { force: true });
}

function chosen(total: number): number[] {
  const count = Math.min(SAMPLES, total);
  return Array.from({ length: count }, (_, i) => 1 + Math.floor((i * total) / count));
}

describe('an engine killed while it starts a container leaves nothing once the next command has run', () => {
  for (const kind of START_KINDS) {
    test(kind, async () => {
      const check = new LeakCheck(root);
      const whole = await start(kind, 0);
      assert.equal(whole.errors, '');
      const total = Number(whole.output);
      assert.ok(total > 20, `only ${total} moments`);
      check.note();
      await nextCommand();
      await check.assertClean();
      for (const at of chosen(total)) {
        const { signal, errors } = await start(kind, at);
        // A run can have fewer moments than another: answers come in one piece or in two.
        if (signal !== 'SIGKILL') assert.equal(errors, '', `moment ${at} of ${total}`);
        check.note();
        await nextCommand();
        await check.assertClean().catch((error: Error) => assert.fail(`moment ${at} of ${total}: ${error.message}`));
      }
    });
  }
});
