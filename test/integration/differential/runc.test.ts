import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import { BUNDLES, specOf } from './bundles.ts';
import { type BundleResult, type Driver, library, runc } from './drivers.ts';
import { makeRoot } from './make-root.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'keelson-differential-'));
});
after(() => rmSync(folder, { recursive: true }));

async function outcome(driver: Driver, index: number): Promise<BundleResult | 'refused'> {
  const bundle = BUNDLES[index];
  assert.ok(bundle);
  const id = `differential-${process.pid}-${index}-${driver.name}`;
  try {
    // A fresh root for each start, since what a start makes in it stays there.
    const result = await driver.run(specOf(bundle, makeRoot(join(folder, id))), id);
    return driver !== library && /level=error|^runc run failed/m.test(result.stderr) ? 'refused' : result;
  } catch (error) {
    if (!isKeelsonError(error)) throw error;
    return 'refused';
  }
}

describe('the same configuration has the same effect as with runc', { concurrency: 1 }, () => {
  for (const [index, { name, refused = false, differs }] of BUNDLES.entries()) {
    test(name, async () => {
      const expected = await outcome(runc, index);
      assert.equal(expected === 'refused', refused);
      const own = await outcome(library, index);
      if (differs) assert.notDeepEqual(own, expected, `no longer: ${differs}`);
      else assert.deepEqual(own, expected);
    });
  }
});
