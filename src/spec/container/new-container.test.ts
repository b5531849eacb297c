import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newContainer } from './new-container.ts';

test('what is said holds, the rest is as Docker has it', () => {
  const config = newContainer({ image: 'busybox', tty: true, resources: { memory: 1 } });
  assert.equal(config.image, 'busybox');
  assert.equal(config.tty, true);
  assert.deepEqual(config.resources, { memory: 1 });
  assert.equal(config.network.mode, 'bridge');
  assert.equal(config.privileges.seccomp, 'default');
  assert.equal(config.autoRemove, false);
});

test('two containers share nothing that could be changed', () => {
  newContainer({}).env.push('A=1');
  assert.deepEqual(newContainer({}).env, []);
});
