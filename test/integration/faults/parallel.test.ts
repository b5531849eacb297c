import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LeakCheck } from '../../leak-check.ts';
import { Keelson } from '../cli/keelson.ts';

const keelson = new Keelson();
before(() => keelson.output('run', '--rm', '--network', 'none', 'busybox', 'true'));
after(() => keelson[Symbol.dispose]());

test('20 commands at once: all succeed, each with an address of its own, and nothing is left', async () => {
  const check = new LeakCheck(keelson.root);
  // They run at the same time: an address that was given back may be given again.
  const args = ['run', '-d', '--rm', 'busybox', 'sleep', '100'];
  const started = await Promise.all(Array.from({ length: 20 }, () => keelson.run(args)));
  assert.deepEqual(
    started.filter(({ exitCode }) => exitCode !== 0),
    [],
  );
  check.note();
  const ids = started.map(({ stdout }) => stdout.trim());
  const format = '{{.Name}} {{.NetworkSettings.IPAddress}}';
  const shown = (await keelson.output('inspect', '--format', format, ...ids)).trim().split('\n');
  assert.equal(new Set(shown.map((line) => line.split(' ')[0])).size, 20);
  assert.equal(new Set(shown.map((line) => line.split(' ')[1])).size, 20);
  await keelson.output('rm', '-f', ...ids);
  await check.assertClean();
});
