import { after, before, describe, test } from 'node:test';
import { watchForLeaks } from './left-behind.ts';
import { type RuntimeName, runtimes } from './surroundings.ts';

/** What a user does with an engine; the same on each runtime. It asserts what the user sees. */
export interface Scenario<Engine> {
  name: string;
  run(engine: Engine): Promise<void>;
}

/** The scenarios on runc and on Keelson, and after each runtime a look at what stays: nothing may. */
export function onEachRuntime<Engine>(
  scenarios: readonly Scenario<Engine>[],
  engineOn: (runtime: RuntimeName) => Engine,
): void {
  for (const runtime of Object.keys(runtimes) as RuntimeName[]) {
    describe(`on ${runtime}`, () => {
      let assertNothingLeft: () => Promise<void>;
      before(async () => {
        assertNothingLeft = await watchForLeaks();
      });
      for (const { name, run } of scenarios) test(name, () => run(engineOn(runtime)));
      after(() => assertNothingLeft());
    });
  }
}
