import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seccompProfileText } from './seccomp-profile.ts';

test('the text of a profile', () => {
  const text = '{"defaultAction":"SCMP_ACT_ALLOW"}';
  assert.equal(seccompProfileText('p.json', Buffer.from(text)), text);
});

test('what is none', () => {
  assert.throws(() => seccompProfileText('p.json', Buffer.from('{')), {
    message: /^seccomp profile p\.json is not JSON: /,
  });
  assert.throws(() => seccompProfileText('p.json', Buffer.from('[]')), {
    message: 'seccomp profile p.json has no defaultAction',
  });
  assert.throws(() => seccompProfileText('p.json', Buffer.from('null')), { code: 'SECCOMP_PROFILE_INVALID' });
});
