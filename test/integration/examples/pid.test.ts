import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { runExample } from './run-example.ts';

test('01-pid: the child counts from 1, cannot kill its parent, and kills its first child', async () => {
  const { status, output, errors, leftBehind } = await runExample('01-pid');
  assert.equal(errors, '');
  assert.equal(status, 0);
  const [, parent, child] = /^parent: I am process (\d+), my child is process (\d+)$/m.exec(output) ?? [];
  assert.ok(parent && child && parent !== child, output);
  assert.deepEqual(output.trimEnd().split('\n').slice(1), [
    'child: I am process 1, my parent is process 0',
    '  process 2: my parent is process 1',
    '  process 3: my parent is process 1',
    '  process 4: my parent is process 1',
    `child: I cannot kill my parent: No such process (ESRCH from kill(${parent}, SIGKILL))`,
    'child: I have killed process 2 with signal 9',
    'child: left are processes 3 and 4',
  ]);
  for (const pid of [parent, child]) assert.equal(existsSync(`/proc/${pid}`), false, `process ${pid} is left`);
  assert.deepEqual(leftBehind, []);
});
