import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram, startAgent } from '../../../src/kernel/index.ts';

describe('runProgram', () => {
  test('gives input, takes output, errors and status', async () => {
    await using agent = startAgent({ channels: 1 });
    const argv = ['sh', '-c', 'cat; echo "$WHO" >&2; exit 3'];
    const result = await runProgram(agent.kernel, { path: '/bin/sh', argv, environment: ['WHO=me'], input: 'hello\n' });
    assert.deepEqual(result, { status: 3, output: 'hello\n', errors: 'me\n' });
  });

  test('takes a megabyte on both sides without waiting for itself', async () => {
    await using agent = startAgent({ channels: 1 });
    const input = 'x'.repeat(1 << 20);
    const result = await runProgram(agent.kernel, { path: '/bin/cat', argv: ['cat'], input });
    assert.equal(result.output.length, input.length);
    assert.ok(result.output === input);
  });

  test('says which program is missing, and leaves nothing', async () => {
    await using agent = startAgent({ channels: 4 });
    const list = { path: '/bin/ls', argv: ['ls', `/proc/${agent.pid}/fd`] };
    await runProgram(agent.kernel, list);
    // The channels of later programs are open until they are taken.
    const before = (await runProgram(agent.kernel, list)).output.split('\n').length;
    await assert.rejects(runProgram(agent.kernel, { path: '/nonexistent', argv: ['x'] }), { code: 'ENOENT' });
    const { output } = await runProgram(agent.kernel, list);
    assert.equal(output.split('\n').length, before - 2, output);
  });
});
