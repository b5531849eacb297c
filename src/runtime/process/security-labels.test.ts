import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Call, ENOENT, RecordingKernel } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { setSecurityLabels } from './security-labels.ts';

async function callsFor(
  process: object,
  answer?: (call: Call) => number | undefined,
  proc?: number,
): Promise<string[]> {
  const kernel = new RecordingKernel(answer ? { answer } : {});
  const spec = { ociVersion: '1.2.0', process: { cwd: '/', args: ['true'], ...process } };
  const stdio = { stdin: 'none', stdout: 'none', stderr: 'none' } as const;
  const context: InitContext = {
    kernel,
    spec,
    plan: { id: 'x', spec, root: { kind: 'folder', path: '/' }, stdio },
  };
  await setSecurityLabels(context, proc);
  return kernel.calls
    .filter(({ name }) => name !== 'close')
    .map(({ name, args }) => `${name} ${name === 'write' ? String(args[1]) : String(args[1])}`);
}

test('without a label nothing is opened', async () => {
  assert.deepEqual(await callsFor({}), []);
});

test('a profile goes to the file of its own module, and to the old one where that is missing', async () => {
  const own = '/proc/thread-self/attr/apparmor/exec';
  assert.deepEqual(await callsFor({ apparmorProfile: 'web' }), [`openat ${own}`, 'write exec web']);
  const old = (call: Call) => (call.args[1] === own ? -ENOENT : undefined);
  assert.deepEqual(await callsFor({ apparmorProfile: 'web' }, old), [
    `openat ${own}`,
    'openat /proc/thread-self/attr/exec',
    'write exec web',
  ]);
});

test('an SELinux label is written as it is', async () => {
  const label = 'system_u:system_r:container_t:s0:c1,c2';
  assert.deepEqual(await callsFor({ selinuxLabel: label }), ['openat /proc/thread-self/attr/exec', `write ${label}`]);
});

test('in a container it goes through a descriptor of the host, not through the /proc there', async () => {
  const calls = await callsFor({ selinuxLabel: 'label' }, undefined, 9);
  assert.deepEqual(calls, ['openat thread-self/attr/exec', 'write label']);
});
