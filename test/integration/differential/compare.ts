import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isKeelsonError } from '../../../src/base/index.ts';
import { BUNDLES, type Bundle, specOf } from './bundles.ts';
import { type BundleResult, type Driver, library } from './drivers.ts';
import { makeRoot } from './make-root.ts';

/** What differs from a peer on purpose; undefined: nothing. */
export type Differs = (bundle: Bundle) => string | undefined;

/** A test for each bundle: it has the same effect as with a peer. `refusal`: what the peer says when it starts nothing. */
export function compareWith(peer: Driver, { refusal, differs }: { refusal: RegExp; differs: Differs }): void {
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
      return driver !== library && refusal.test(result.stderr) ? 'refused' : result;
    } catch (error) {
      if (!isKeelsonError(error)) throw error;
      return 'refused';
    }
  }

  describe(`the same configuration has the same effect as with ${peer.name}`, { concurrency: 1 }, () => {
    for (const [index, bundle] of BUNDLES.entries()) {
      test(bundle.name, async () => {
        const expected = await outcome(peer, index);
        assert.equal(expected === 'refused', bundle.refused ?? false);
        const own = await outcome(library, index);
        const reason = differs(bundle);
        if (reason) assert.notDeepEqual(own, expected, `no longer: ${reason}`);
        else assert.deepEqual(own, expected);
      });
    }
  });
}
