import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { shell, temporaryEngine } from '../engine/container-under-test.ts';
import { host } from './cgroup-under-test.ts';

const MIB = 2 ** 20;
/** Where a container finds the file of the memory limit. */
const LIMIT = host.mode === 'v2' ? 'memory.max' : 'memory/memory.limit_in_bytes';

describe('what a container sees at /sys/fs/cgroup', () => {
  let engine: Awaited<ReturnType<typeof temporaryEngine>>;
  before(async () => {
    engine = await temporaryEngine();
  });
  after(() => engine[Symbol.asyncDispose]());

  for (const cgroup of ['private', 'host'] as const) {
    test(`its own part, read-only, with a cgroup namespace that is ${cgroup}`, async () => {
      const script = `
        cat /sys/fs/cgroup/${LIMIT}
        mkdir /sys/fs/cgroup/new 2>/dev/null || echo read-only cover
        echo 1 2>/dev/null > /sys/fs/cgroup/${LIMIT} || echo read-only limit
        cut -d: -f3 /proc/self/cgroup | sort -u | sed s/[0-9a-f]*$//
        awk '$5 ~ "^/sys/fs/cgroup/?[a-z]*" && / - cgroup/ {print $4}' /proc/self/mountinfo | sort -u | sed s/[0-9a-f]*$//
        ls /sys/fs/cgroup/pids /sys/fs/cgroup | grep -c keelson`;
      const output = await shell(engine, `${script} || true`, {
        resources: { memory: 64 * MIB },
        namespaces: { cgroup },
      });
      const root = cgroup === 'private' ? '/' : '/keelson/';
      assert.equal(output, [64 * MIB, 'read-only cover', 'read-only limit', root, root, 0, ''].join('\n'));
    });
  }

  test('a mount for each hierarchy, under the names of the host', {
    skip: host.mode === 'v2' ? 'the host has one' : false,
  }, async () => {
    const names = (await shell(engine, 'ls /sys/fs/cgroup')).trim().split('\n');
    for (const { mountPoint } of host.hierarchies) assert.ok(names.includes(mountPoint.replace(/^.*\//, '')));
  });
});
