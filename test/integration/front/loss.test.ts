/** A brain that is killed in the middle of a command: the command ends, says so, and leaves nothing half-made. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrains } from './brains.ts';
import { FrontBundle } from './front-under-test.ts';

const brains = openBrains();
const bundle = new FrontBundle();
after(async () => {
  bundle.call({ ...brains.env, KEELSON_RUNTIME_IDLE: '0' }, 'delete', '--force', bundle.id);
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

/** One that serves the next command. */
async function resident(): Promise<number> {
  bundle.call(brains.env, '--version');
  const [pid = 0] = await brains.settled(1);
  return pid;
}

test('at any moment of a create: the container is there, or there is nothing', async () => {
  bundle.command(['sleep', '100']);
  const step = process.env.KEELSON_FAULTS === 'all' ? 0.25 : 2;
  for (let delay = 0; delay < 14; delay += step) {
    const pid = await resident();
    const { ended } = bundle.start(brains.env, ['create', bundle.id], { quiet: true });
    await sleep(delay);
    process.kill(pid, 'SIGKILL');
    const { status } = await ended;
    if (status === 0) {
      assert.equal(bundle.call(brains.env, 'delete', '--force', bundle.id).status, 0, `after ${delay} ms`);
    } else {
      assert.equal(status, 1, `after ${delay} ms`);
    }
    assert.deepEqual(bundle.left(), [], `after ${delay} ms, status ${status}`);
    for (const left of brains.pids()) process.kill(left, 'SIGTERM');
    await brains.settled(0);
  }
});

test('in the middle of a create: it fails and nothing is left', async () => {
  bundle.command(['sleep', '100']);
  const marker = join(bundle.folder, 'hook-runs');
  const path = join(bundle.folder, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8'));
  const args = ['sh', '-c', `: >${marker}; sleep 5`];
  writeFileSync(path, JSON.stringify({ ...spec, hooks: { createRuntime: [{ path: '/bin/sh', args }] } }));
  const pid = await resident();
  const { ended } = bundle.start(brains.env, ['create', bundle.id]);
  while (!existsSync(marker)) await sleep(10);
  assert.notDeepEqual(bundle.left(), []);
  process.kill(pid, 'SIGKILL');
  const { status, stderr } = await ended;
  writeFileSync(path, JSON.stringify(spec));
  assert.equal(status, 1);
  assert.match(stderr, /the process that carried out the command was killed/);
  assert.deepEqual(bundle.left(), []);
});

for (const both of [false, true]) {
  const who = both ? 'the front too' : 'the brain alone';
  test(`in the middle of a poststop hook, ${who}: the hook lives on, and a later delete runs none`, async () => {
    bundle.command(['true']);
    const log = join(bundle.folder, `poststop-${both}`);
    const path = join(bundle.folder, 'config.json');
    const spec = JSON.parse(readFileSync(path, 'utf8'));
    const args = ['sh', '-c', `echo begun >>${log}; sleep 0.5; echo ended >>${log}`];
    const env = ['PATH=/usr/bin:/bin'];
    writeFileSync(path, JSON.stringify({ ...spec, hooks: { poststop: [{ path: '/bin/sh', args, env }] } }));
    // Brains of these commands do not stay.
    const passing = { ...brains.env, KEELSON_RUNTIME_IDLE: '0' };
    const logged = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    assert.equal((await bundle.start(brains.env, ['create', bundle.id], { quiet: true }).ended).status, 0);
    const pid = await resident();
    const { child, ended } = bundle.start(brains.env, ['delete', '--force', bundle.id]);
    while (logged() === '') await sleep(10);
    // Another command finds no container any more, and nothing to run hooks for.
    assert.notEqual(bundle.call({ ...passing, KEELSON_RUNTIME_BRAIN: '' }, 'state', bundle.id).status, 0);
    // Stopped, it cannot start a brain that would clean up.
    if (both) child.kill('SIGSTOP');
    process.kill(pid, 'SIGKILL');
    if (both) child.kill('SIGKILL');
    const { status } = await ended;
    writeFileSync(path, JSON.stringify(spec));
    assert.equal(status, both ? null : 1);
    assert.deepEqual(bundle.left(), []);
    while (!logged().includes('ended')) await sleep(10);
    assert.equal(bundle.call(passing, 'delete', '--force', bundle.id).status, 0);
    assert.equal(logged(), 'begun\nended\n');
  });
}

test('a command that waits says why it ends, and takes nothing with it', async () => {
  bundle.command(['sleep', '100']);
  await brains.settled(0);
  const { ended: made } = bundle.start(brains.env, ['create', bundle.id], { quiet: true });
  assert.equal((await made).status, 0);
  // Somebody who lives holds the container, so that `start` waits.
  const lock = join(bundle.root, bundle.id, 'lock');
  symlinkSync(`${process.pid} ${startOf(process.pid)}`, lock);
  const pid = await resident();
  const { child, ended } = bundle.start(brains.env, ['start', bundle.id]);
  const early = ended.then(({ stderr }) => assert.fail(`it did not wait: ${stderr}`));
  // Before it has been asked for anything it polls; afterwards it reads what it is asked for next.
  const waits = async () => {
    while (!readFileSync(`/proc/${child.pid}/wchan`, 'latin1').startsWith('unix_stream')) await sleep(10);
  };
  await Promise.race([early, waits()]);
  process.kill(pid, 'SIGKILL');
  const { status, stderr } = await ended;
  assert.equal(status, 1);
  assert.match(stderr, /the process that carried out the command was killed/);
  rmSync(lock);
  assert.equal(bundle.call(brains.env, 'start', bundle.id).status, 0);
  assert.equal(bundle.call(brains.env, 'delete', '--force', bundle.id).status, 0);
  assert.deepEqual(bundle.left(), []);
});

test('a brain that begins nothing is another brain’s work', async () => {
  // It was there when the front connected, and went before it asked for anything.
  const pid = await resident();
  process.kill(pid, 'SIGSTOP');
  const { ended } = bundle.start({ ...brains.env, KEELSON_RUNTIME_IDLE: '0' }, ['--version']);
  await sleep(300);
  process.kill(pid, 'SIGKILL');
  const { status, stdout } = await ended;
  assert.deepEqual([status, stdout.split(' ')[0]], [0, 'keelson-runtime']);
});

/** As the lock names its holder. */
function startOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
