/** Who is told when a container takes more memory than it may have, beside `limits.test.ts`: what the kernel does. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { RuntimeSpec } from '../../../src/spec/index.ts';
import { specOf } from '../differential/bundles.ts';
import { library } from '../differential/drivers.ts';
import { makeRoot } from '../differential/make-root.ts';
import { configOf, temporaryEngine } from '../engine/container-under-test.ts';
import { FRONT, openBrains } from '../front/brains.ts';
import { eventually, host } from './cgroup-under-test.ts';

const memory = { limit: 16 << 20, swap: 16 << 20 };

const folder = mkdtempSync(join(tmpdir(), 'keelson-oom-'));
const root = makeRoot(join(folder, 'root'));
const brains = openBrains();
after(async () => {
  await brains[Symbol.asyncDispose]();
  // no-mount-below: the containers, whose mounts were in namespaces of their own, have gone
  rmSync(folder, { recursive: true });
});

test('the engine keeps it in the state of a container that has ended', async () => {
  await using engine = await temporaryEngine();
  const config = configOf(['tail', '/dev/zero'], { resources: { memory: 16 << 20 }, autoRemove: false });
  const stdio = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  const { id } = await engine.run({ config, detach: true, stdio });
  const { exitCode, oomKilled } = await engine.wait(id);
  assert.deepEqual({ exitCode, oomKilled }, { exitCode: 137, oomKilled: true });
  const state = await engine.inspect(id);
  assert.deepEqual([state.status, state.exitCode, state.oomKilled], ['exited', 137, true]);
});

/** What a container of which one process takes too much says then, and its status. */
function survivor(name: string, unified?: Record<string, string>) {
  const resources = { memory, ...(unified ? { unified } : {}) };
  const change = (spec: RuntimeSpec) => ({ ...spec, linux: { ...spec.linux, resources } });
  const script = 'busybox tail /dev/zero; echo survived';
  return library.run(specOf({ name, script, change }, root), `${name}-${process.pid}`);
}

test('memory.oom.group of v2 ends all processes of the container, and not one alone', async () => {
  const alone = await survivor('oom-alone');
  assert.deepEqual([alone.exitCode, alone.stdout], [0, 'survived\n']);
  const unified = { 'memory.oom.group': '1' };
  if (host.mode !== 'v2') return await assert.rejects(survivor('oom-group', unified), { code: 'CGROUP_UNIFIED' });
  const all = await survivor('oom-group', unified);
  assert.deepEqual([all.exitCode, all.stdout], [137, '']);
});

for (const program of ['runc', FRONT]) {
  test(`${program === FRONT ? 'keelson-runtime' : program} events tells it`, async () => {
    const id = `oom-events-${process.pid}`;
    const go = join(root, 'tmp', id);
    const script = `until [ -e /tmp/${id} ]; do busybox sleep 0.1; done; busybox tail /dev/zero; busybox sleep 1000`;
    const change = (spec: RuntimeSpec) => ({ ...spec, linux: { ...spec.linux, resources: { memory } } });
    mkdirSync(join(folder, 'bundle'), { recursive: true });
    writeFileSync(join(folder, 'bundle/config.json'), JSON.stringify(specOf({ name: id, script, change }, root)));
    const common = ['--root', join(folder, 'state')];
    const env = { ...process.env, ...brains.env };
    const call = (...words: string[]) =>
      spawnSync(program, [...common, ...words], { cwd: join(folder, 'bundle'), env, stdio: 'ignore' }).status;
    assert.equal(call('run', '--detach', id), 0);
    const events = spawn(program, [...common, 'events', '--interval', '500ms', id], {
      env,
      stdio: ['ignore', 'pipe', 2],
    });
    try {
      let told = '';
      events.stdout?.on('data', (data) => {
        told += data;
      });
      // Whoever listens too late hears nothing.
      await eventually('somebody listens', () => told.includes('"stats"'));
      assert.doesNotMatch(told, /"oom"/);
      writeFileSync(go, '');
      await eventually('it is told', () => told.includes(`{"type":"oom","id":"${id}"}\n`));
    } finally {
      events.kill('SIGKILL');
      call('delete', '--force', id);
      rmSync(go, { force: true });
    }
  });
}
