/** What `events` tells, key by key beside runc, and when. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectCgroups } from '../../../src/runtime/cgroups/detect-cgroups.ts';
import { openBrains } from '../front/brains.ts';
import { FrontBundle } from '../front/front-under-test.ts';

const host = detectCgroups();
const bundle = new FrontBundle();
const brains = openBrains();
const { id } = bundle;
const runcRoot = join(bundle.folder, 'runc');
afterEach(() => void end());
after(async () => {
  runc('delete', '--force', id);
  end();
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

function runc(...words: string[]) {
  return spawnSync('runc', ['--root', runcRoot, ...words], { cwd: bundle.folder, encoding: 'utf8', timeout: 60_000 });
}

const end = () => bundle.call(brains.env, 'delete', '--force', id);

function configure(args: readonly string[], cgroup: string): void {
  bundle.command(args);
  bundle.cgroup(cgroup);
  const path = join(bundle.folder, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8'));
  spec.linux.resources.memory = { limit: 16 << 20, swap: 16 << 20 };
  spec.linux.resources.pids = { limit: 50 };
  spec.linux.resources.cpu = { quota: 10_000, period: 100_000 };
  writeFileSync(path, JSON.stringify(spec));
}

/** Every key with the type of its value, in order. */
function shape(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [`${path}: ${typeof value[0]}s`];
  if (typeof value !== 'object' || value === null) return [`${path}: ${value === null ? 'null' : typeof value}`];
  const entries = Object.entries(value);
  return entries.length === 0 ? [`${path}: {}`] : entries.flatMap(([key, inner]) => shape(inner, `${path}.${key}`));
}

/** Left out by both where it is zero, which it is by chance. */
const byChance = /memory\.cache:|blkio|throttl/i;
/** Of v2, and told by newer versions of runc than Debian's. */
const newer = /\.psi\.|memory\.usage\.max/;
const left = host.mode === 'v2' ? [byChance, newer] : [byChance];
const shapeOf = (stdout: string) => shape(JSON.parse(stdout)).filter((line) => !left.some((one) => one.test(line)));

test('--stats has the keys of runc, of the same types and in its order', async () => {
  const program = ['sh', '-c', 'cat /bin/busybox /bin/busybox >/dev/null; while :; do :; done'];
  configure(program, `/${id}-runc`);
  assert.equal(
    spawnSync('runc', ['--root', runcRoot, 'run', '-d', id], { cwd: bundle.folder, stdio: 'ignore' }).status,
    0,
  );
  configure(program, `/${id}`);
  assert.equal((await bundle.start(brains.env, ['run', '-d', id], { quiet: true }).ended).status, 0);
  await sleep(300);
  const [own, expected] = [bundle.call(brains.env, 'events', '--stats', id), runc('events', '--stats', id)];
  assert.deepEqual(shapeOf(own.stdout), shapeOf(expected.stdout));
  // As text: "no limit" is more than a JavaScript number holds.
  const limits = (text: string) => text.match(/\w*limit":\d+/g);
  assert.deepEqual(limits(own.stdout), limits(expected.stdout));
  // It burns more than its quota, as far as other programs leave it the processor.
  const throttling = () => JSON.parse(bundle.call(brains.env, 'events', '--stats', id).stdout).data.cpu.throttling;
  while (!throttling().throttledTime) await sleep(50);
  assert.ok(throttling().throttledPeriods <= throttling().periods);
});

test('an interval: the first line comes after it, the last one with the end of the container', async () => {
  configure(['sleep', '1000'], `/${id}`);
  assert.equal((await bundle.start(brains.env, ['run', '-d', id], { quiet: true }).ended).status, 0);
  const { child, ended, output } = bundle.start(brains.env, ['events', '--interval', '300ms', id]);
  await sleep(150);
  assert.equal(output(), '');
  while (output().split('\n').length < 3) await sleep(20);
  bundle.call(brains.env, 'kill', id, 'KILL');
  assert.equal((await ended).status, 0);
  assert.equal(child.exitCode, 0);
  for (const line of output().trim().split('\n')) assert.equal(JSON.parse(line).type, 'stats');
});

test('memory that runs out is told at once, also when it is the end of the container', async () => {
  configure(['sh', '-c', 'sleep 1; busybox tail /dev/zero'], `/${id}`);
  assert.equal((await bundle.start(brains.env, ['run', '-d', id], { quiet: true }).ended).status, 0);
  const { ended, output } = bundle.start(brains.env, ['events', '--interval', '1h', id]);
  assert.equal((await ended).status, 0);
  assert.deepEqual(JSON.parse(output().split('\n')[0] ?? ''), { type: 'oom', id });
});
