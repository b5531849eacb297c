import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';

const preload = fileURLToPath(new URL('term-at-record.ts', import.meta.url));

test('--sig-proxy=false: a signal after the first output and before the record leaves the container running', async () => {
  using keelson = new Keelson();
  await keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true');
  const check = new LeakCheck(keelson.root);
  const [node = '', ...rest] = keelson.command;
  const args = ['run', '--sig-proxy=false', '--name', 'kept', '--network', 'none', 'busybox', 'sleep', '1000'];
  const child = keelson.start(args, [node, '--import', preload, ...rest]);
  child.stdin.end();
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual([code, signal], [null, 'SIGTERM']);
  const format = '{{.State.Status}} {{.State.Running}}';
  assert.equal(await keelson.output('inspect', '--format', format, 'kept'), 'running true\n');
  assert.equal(await keelson.output('exec', 'kept', 'echo', 'alive'), 'alive\n');
  await keelson.output('rm', '-f', 'kept');
  await check.assertClean();
});
