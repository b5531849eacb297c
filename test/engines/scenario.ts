import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { watchForLeaks } from './left-behind.ts';
import { residentBrains, retireBrain } from './resident-brain.ts';
import { type RuntimeName, runtimes } from './surroundings.ts';

/** What a user does with an engine; the same on each runtime. It asserts what the user sees. */
export interface Scenario<Engine> {
  name: string;
  run(engine: Engine): Promise<void>;
}

interface Place<Engine> {
  /** Whose engine, where there are several. */
  of?: string;
  /** Root alone has a process of keelson-runtime that stays. */
  isRoot: boolean;
  engineOn(runtime: RuntimeName): Engine;
  /** What the engine itself leaves, whatever the runtime. */
  expected?: RegExp;
  /** Takes away what a scenario that failed may have left, so that it does not fail the next ones. */
  cleanUp(engine: Engine): Promise<void>;
}

/** The scenarios on runc and on Keelson, and after each runtime a look at what stays: nothing may. */
export function onEachRuntime<Engine>(
  scenarios: readonly Scenario<Engine>[],
  { of, isRoot, engineOn, cleanUp, expected }: Place<Engine>,
): void {
  for (const runtime of Object.keys(runtimes) as RuntimeName[]) {
    describe(`${of === undefined ? '' : `${of} `}on ${runtime}`, () => {
      let assertNothingLeft: () => Promise<void>;
      before(async () => {
        assertNothingLeft = await watchForLeaks(expected);
      });
      for (const { name, run } of scenarios) {
        test(name, async () => {
          const engine = engineOn(runtime);
          try {
            await run(engine);
          } catch (error) {
            await cleanUp(engine);
            throw error;
          }
        });
      }
      after(async () => {
        if (isRoot && runtime === 'keelson') await retireBrain();
        else assert.deepEqual(residentBrains(), []);
        await assertNothingLeft();
      });
    });
  }
}
