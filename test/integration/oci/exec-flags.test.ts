/** Flags of newer versions of runc than Debian's: exec --cgroup, --pidfd-socket, and Intel RDT of update. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AF_UNIX, SOCK_STREAM, startAgent, unixAddress } from '../../../src/kernel/index.ts';
import { openBrains } from '../front/brains.ts';
import { FrontBundle } from '../front/front-under-test.ts';

const bundle = new FrontBundle();
const brains = openBrains();
const { id } = bundle;
const call = (...words: string[]) => bundle.call(brains.env, ...words);
const record = join(bundle.root, id, 'state.json');
const readRecord = () => JSON.parse(readFileSync(record, 'utf8'));

before(async () => {
  bundle.command(['sleep', '1000']);
  assert.equal((await bundle.start(brains.env, ['run', '--detach', id], { quiet: true }).ended).status, 0);
});
after(async () => {
  call('delete', '--force', id);
  await brains[Symbol.asyncDispose]();
  bundle[Symbol.dispose]();
});

test('--cgroup: a cgroup below that of the container, in all hierarchies or in one', () => {
  const paths: Readonly<Record<string, string>> = readRecord().cgroup_paths;
  const folders = [...new Set(Object.values(paths))].map((path) => join(path, 'inner'));
  for (const folder of folders) mkdirSync(folder);
  // A new one has neither processors nor memory of its own, and nobody gets in.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const { cpuset } = paths;
    if (cpuset) writeFileSync(join(cpuset, 'inner', file), readFileSync(join(cpuset, file)));
  }
  const seen = (...flags: string[]) => call('exec', ...flags, id, 'cat', '/proc/self/cgroup').stdout;
  const inner = (text: string) => text.split('\n').filter((line) => line.endsWith('/inner')).length;
  assert.equal(inner(seen()), 0);
  assert.equal(inner(seen('--cgroup', 'inner')), folders.length);
  // v2 has one hierarchy, which has no name.
  const [one] = Object.keys(paths).filter((name) => name !== '');
  if (one !== undefined) {
    const single = seen('--cgroup', `${one}:inner`);
    assert.match(single, new RegExp(`:${one}:/.*/inner$`, 'm'));
    assert.equal(inner(single), 1);
  }
  for (const [path, text] of [
    ['..', /is not a sub cgroup path/],
    ['../inner-of-another', /is not a sub cgroup path/],
    ['missing', /is not there/],
    ['nonsense:inner', /unknown controller nonsense/],
  ] as const) {
    const { status, stdout, stderr } = call('exec', '--cgroup', path, id, 'echo', 'ran');
    assert.deepEqual({ status, stdout }, { status: 255, stdout: '' });
    assert.match(stderr, text);
  }
  for (const folder of folders) rmdirSync(folder);
});

test('--pidfd-socket: a descriptor of the process', async () => {
  const path = join(bundle.folder, 'pidfd');
  await using agent = startAgent({ stdio: ['ignore', 'ignore', 'ignore'] });
  const { kernel } = agent;
  const listener = kernel.socket(AF_UNIX, SOCK_STREAM, 0);
  kernel.bind(listener, unixAddress(path));
  kernel.listen(listener, 1);
  await kernel.flush();
  const file = join(bundle.folder, 'pid');
  const words = ['exec', '--detach', '--pid-file', file, '--pidfd-socket', path, id, 'sleep', '1000'];
  const { ended } = bundle.start(brains.env, words, { quiet: true });
  const received = await kernel.receiveDescriptor(kernel.accept4(listener));
  assert.equal((await ended).status, 0);
  const info = readFileSync(`/proc/${agent.pid}/fdinfo/${received}`, 'utf8');
  assert.equal(/^Pid:\t(\d+)$/m.exec(info)?.[1], readFileSync(file, 'utf8'));
});

test('--pidfd-socket where nobody listens: nothing stays', () => {
  for (const words of [
    ['exec', '--pidfd-socket', 'nobody', id, 'sleep', '1000'],
    ['run', '--pidfd-socket', 'nobody', `${id}-second`],
  ]) {
    const before = call('ps', '--format', 'json', id).stdout;
    bundle.cgroup(`/${id}-second`);
    const { status, stderr } = call(...words);
    assert.notEqual(status, 0);
    assert.match(stderr, /cannot connect to .*nobody: No such file or directory/);
    assert.equal(call('ps', '--format', 'json', id).stdout, before);
  }
  assert.equal(call('list', '--quiet').stdout, `${id}\n`);
});

test('update of Intel RDT: lines for the class that the container is in', () => {
  const change = ['update', '--l3-cache-schema', 'L3:0=f', '--mem-bw-schema', 'MB:0=20', id];
  assert.match(call(...change).stderr, /the container is in no class of Intel RDT/);
  const schemata = join(bundle.folder, 'schemata');
  writeFileSync(schemata, '');
  const whole = readFileSync(record, 'utf8');
  writeFileSync(record, JSON.stringify({ ...JSON.parse(whole), intel_rdt_path: bundle.folder }));
  assert.equal(call(...change).status, 0);
  assert.equal(readFileSync(schemata, 'utf8'), 'L3:0=f\nMB:0=20\n');
  writeFileSync(record, whole);
});
