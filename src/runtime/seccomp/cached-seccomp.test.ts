import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { cachedSeccomp } from './cached-seccomp.ts';
import { compileSeccomp } from './compile-seccomp.ts';
import { defaultSeccompProfile } from './default-profile.ts';

const parent = mkdtempSync(join(tmpdir(), 'keelson-seccomp-'));
after(() => rmSync(parent, { recursive: true }));
const folder = join(parent, 'cache');
const profile = defaultSeccompProfile({ capabilities: [], arch: 'x64', kernel: '6.1.0' });
const expected = compileSeccomp(profile, { arch: 'x64' });

test('gives what the compiler gives, the first time and from the disk', () => {
  for (let i = 0; i < 2; i++) {
    const { filter, flags, listener } = cachedSeccomp(profile, { arch: 'x64', folder });
    assert.deepEqual([...filter], [...expected.filter]);
    assert.deepEqual([flags, listener], [expected.flags, expected.listener]);
  }
  assert.equal(readdirSync(folder).length, 1);
});

test('a file of another profile or a damaged one is not believed', () => {
  const [name = ''] = readdirSync(folder);
  for (const text of ['{', '{}', JSON.stringify({ key: 'another', filter: '', flags: 0 })]) {
    writeFileSync(join(folder, name), text);
    assert.deepEqual([...cachedSeccomp(profile, { arch: 'x64', folder }).filter], [...expected.filter]);
  }
});

test('a folder that cannot be used costs nothing but time', () => {
  const { filter } = cachedSeccomp(profile, { arch: 'x64', folder: '/proc/none' });
  assert.deepEqual([...filter], [...expected.filter]);
});
