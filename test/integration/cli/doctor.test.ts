import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { Keelson } from './keelson.ts';

const keelson = new Keelson();
after(() => keelson[Symbol.dispose]());

interface Check {
  id: string;
  status: string;
  found: string;
  remedy?: string;
}

describe('keelson doctor', () => {
  test('knows this host, and finds nothing in the way where containers run', async () => {
    const { exitCode, stdout } = await keelson.run(['doctor', '--json']);
    const { checks }: { checks: Check[] } = JSON.parse(stdout);
    const found = (id: string) => checks.find((check) => check.id === id)?.found;
    assert.equal(found('kernel-version'), readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    assert.equal(found('node-version'), process.versions.node);
    assert.equal(exitCode, checks.some(({ status }) => status === 'fail') ? 1 : 0);
    for (const { status, remedy } of checks) assert.equal(remedy === undefined, status === 'ok');
    if (process.getuid?.() === 0) assert.equal(exitCode, 0);
  });

  test('leaves nothing behind', async () => {
    const state = () => ({
      links: readFileSync('/proc/net/dev', 'utf8').match(/^\s*\w+(?=:)/gm),
      namespace: statSync('/proc/self/ns/net').ino,
      mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length,
    });
    const before = state();
    await keelson.run(['doctor']);
    assert.deepEqual(state(), before);
  });
});
