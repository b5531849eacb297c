import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SIGKILL } from '../../../src/kernel/index.ts';
import { oomKills } from '../../../src/runtime/cgroups/oom-kills.ts';
import { CgroupUnderTest, host } from './cgroup-under-test.ts';

const MIB = 2 ** 20;

// Not where temporary files go: a tmpfs takes no swap file.
const folder = mkdtempSync('/var/tmp/keelson-swap-');
const file = join(folder, 'swap');
before(() => {
  writeFileSync(file, Buffer.alloc(32 * MIB));
  chmodSync(file, 0o600);
  execFileSync('mkswap', [file], { stdio: 'ignore' });
  execFileSync('swapon', [file]);
});
after(() => {
  execFileSync('swapoff', [file]);
  rmSync(folder, { recursive: true });
});

/** Holds so much at once; the result says how much came out. */
const hold = (mebibytes: number) => `head -c ${mebibytes}M /dev/zero | tail -c ${mebibytes}M | wc -c > $OUT`;

test('what does not fit into memory goes to as much swap as was given beside it', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ memory: { limit: 8 * MIB, swap: 20 * MIB } });
  // v2 counts swap alone, as runc computes it; v1 both together.
  if (host.mode === 'v2') assert.equal(under.read('memory', 'memory.swap.max'), String(12 * MIB));
  else assert.equal(under.read('memory', 'memory.memsw.limit_in_bytes'), String(20 * MIB));
  assert.equal(await under.runToEnd(hold(13)), 0);
  assert.equal(under.output().trim(), String(13 * MIB));
  assert.equal(oomKills(under.cgroup), 0);
  assert.equal(await under.runToEnd(`${hold(26)}; kill -KILL $$`), 128 + SIGKILL);
  assert.ok(oomKills(under.cgroup) > 0);
});

test('none, when both limits are the same', async (t) => {
  const under = CgroupUnderTest.open(t);
  await under.make({ memory: { limit: 8 * MIB, swap: 8 * MIB } });
  if (host.mode === 'v2') assert.equal(under.read('memory', 'memory.swap.max'), '0');
  await under.runToEnd(hold(13));
  assert.ok(oomKills(under.cgroup) > 0);
});
