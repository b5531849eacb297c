import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setUpCgroup, startAgent } from '../../../src/runtime/index.ts';
import { openEngine } from '../../../src/sdk/index.ts';
import { configOf, temporaryEngine } from './container-under-test.ts';

const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;

let engine: Awaited<ReturnType<typeof temporaryEngine>>;
before(async () => {
  engine = await temporaryEngine();
});
after(() => engine[Symbol.asyncDispose]());

const start = (name: string, script: string) =>
  engine.run({ config: configOf(['sh', '-c', script], { name, autoRemove: false }), detach: true, stdio: quiet });

test('a detached container is listed, logged, stopped and removed', async () => {
  await start('web', 'trap "echo bye; exit 3" TERM; echo one; echo two >&2; while :; do sleep 0.1; done');
  assert.deepEqual(
    (await engine.list()).map((s) => [s.name, s.status]),
    [['web', 'running']],
  );
  for (let i = 0; i < 100 && !(await printed('web')).includes('two'); i++) await new Promise((r) => setTimeout(r, 10));
  assert.deepEqual(await printed('web'), ['one\n', 'two\n'].join('').split('\n').slice(0, 2));
  assert.equal((await engine.stop('web', 5)).exitCode, 3);
  assert.deepEqual(await printed('web'), ['one', 'two', 'bye']);
  assert.equal((await engine.inspect('web')).status, 'exited');
  await engine.remove('web');
  await assert.rejects(engine.inspect('web'), { code: 'CONTAINER_NOT_FOUND' });
});

async function printed(name: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of engine.logs(name)) lines.push(...entry.data.toString().trimEnd().split('\n'));
  return lines;
}

test('what does not stop is killed', async () => {
  await start('stubborn', 'trap "" TERM; while :; do sleep 0.1; done');
  assert.equal((await engine.stop('stubborn', 0)).exitCode, 137);
  await engine.remove('stubborn');
});

test('what somebody froze is killed and removed all the same', { timeout: 60_000 }, async () => {
  await start('frozen', 'sleep 60; true');
  const { id } = await engine.inspect('frozen');
  await using agent = startAgent();
  await setUpCgroup({ id, spec: { ociVersion: '', linux: { cgroupsPath: `/keelson/${id}` } } }).freeze(agent.kernel);
  await engine.remove('frozen', { force: true });
  await assert.rejects(engine.inspect('frozen'), { code: 'CONTAINER_NOT_FOUND' });
});

test('exec runs beside, with the same view and limits', async () => {
  await start('host', 'sleep 60; true');
  const config = {
    command: ['sh', '-c', 'hostname; cat /proc/1/cmdline | tr "\\0" " "; grep CapEff /proc/self/status; exit 5'],
    env: [],
    tty: false,
    interactive: false,
    privileged: false,
  };
  const running = await engine.exec('host', config, { stdio: { ...quiet, stdout: 'pipe' } });
  const out = running.stdout ? await text(running.stdout) : '';
  assert.equal((await running.exited).exitCode, 5);
  const { id } = await engine.inspect('host');
  assert.equal(out, `${id.slice(0, 12)}\nsh -c sleep 60; true CapEff:\t00000000a80425fb\n`);
  await assert.rejects(engine.remove('host'), { code: 'CONTAINER_RUNNING' });
  await engine.remove('host', { force: true });
});

test('a name is given once', async () => {
  await start('only', 'sleep 60');
  await assert.rejects(start('only', 'true'), { code: 'NAME_IN_USE' });
  await engine.remove('only', { force: true });
});

test('another engine on the same root sees the container, its end and its status', async () => {
  await start('shared', 'exit 9');
  await using other = await openEngine({ root: engine.root });
  assert.equal((await other.wait('shared')).exitCode, 9);
  assert.equal((await engine.inspect('shared')).exitCode, 9);
  await other.remove('shared');
  assert.deepEqual(await engine.list({ all: true }), []);
});
