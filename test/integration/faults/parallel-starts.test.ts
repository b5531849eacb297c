import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { configOf, runToEnd, temporaryEngine } from '../engine/container-under-test.ts';

/** Each start hands channels of a family of processes from one to the next: a close that comes too late breaks another. */
test('100 starts at once in one program, again and again: none fails, nothing is left', async () => {
  await using engine = await temporaryEngine();
  await runToEnd(engine, configOf(['true']));
  const check = new LeakCheck(engine.root);
  for (let round = 0; round < Number(process.env.KEELSON_ROUNDS ?? 1); round++) {
    const commands = Array.from({ length: 100 }, (_, i) => ['sh', '-c', `echo ${i}; exit ${i}`]);
    const init = round % 2 === 1;
    const ended = await Promise.all(commands.map((command) => runToEnd(engine, configOf(command, { init }))));
    for (const [i, { stdout, stderr, exitCode }] of ended.entries())
      assert.deepEqual({ stdout, stderr, exitCode }, { stdout: `${i}\n`, stderr: '', exitCode: i });
  }
  await check.assertClean();
});
