import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OciContext } from '../oci-context.ts';
import { cleanUpAfterLoss } from './clean-up-after-loss.ts';

const nothing = () => assert.fail('nothing of this is to be done');

test('a folder without a lock and a record, of a create that was killed there, is removed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'after-loss-'));
  const errors: string[] = [];
  const context: OciContext = {
    ...{ env: {}, folder: '/', pid: process.pid, uid: 0, gid: 0 },
    ...{ openRuntime: nothing, readInput: nothing, forwardSignals: nothing, rawTerminal: nothing, runProgram: nothing },
    print: nothing,
    printError: (text) => errors.push(text),
  };
  try {
    mkdirSync(join(root, 'box'));
    assert.equal(await cleanUpAfterLoss(['--root', root, 'create', 'box'], context), 1);
    assert.match(errors.join(''), /was killed/);
    assert.equal(existsSync(join(root, 'box')), false);
  } finally {
    rmSync(root, { recursive: true });
  }
});
