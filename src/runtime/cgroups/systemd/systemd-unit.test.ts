import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expandSlice, unitOf, unitPath } from './systemd-unit.ts';

const machine = { id: 'c1', user: false };

describe('slice:prefix:name', () => {
  const table: [string | undefined, boolean, name: string, slice: string, path: string][] = [
    ['a.slice:p:n', false, 'p-n.scope', 'a.slice', '/a.slice/p-n.scope'],
    ['a-b-c.slice:p:n', false, 'p-n.scope', 'a-b-c.slice', '/a.slice/a-b.slice/a-b-c.slice/p-n.scope'],
    ['-.slice:p:n', false, 'p-n.scope', '-.slice', '/p-n.scope'],
    [':p:n', false, 'p-n.scope', 'system.slice', '/system.slice/p-n.scope'],
    [':p:n', true, 'p-n.scope', 'user.slice', '/user.slice/p-n.scope'],
    ['::n', false, '-n.scope', 'system.slice', '/system.slice/-n.scope'],
    [undefined, false, 'keelson-c1.scope', 'system.slice', '/system.slice/keelson-c1.scope'],
    ['', true, 'keelson-c1.scope', 'user.slice', '/user.slice/keelson-c1.scope'],
    ['kubepods-pod1.slice:cri-containerd:f00', false, ...kube()],
  ];
  for (const [path, user, name, slice, where] of table) {
    test(`${path} of ${user ? 'a user' : 'the machine'}`, () => {
      const unit = unitOf(path, { id: 'c1', user });
      assert.deepEqual([unit.name, unit.slice, unitPath(unit)], [name, slice, where]);
    });
  }
});

function kube(): [string, string, string] {
  const name = 'cri-containerd-f00.scope';
  return [name, 'kubepods-pod1.slice', `/kubepods.slice/kubepods-pod1.slice/${name}`];
}

test('what is no unit is refused, above all a way out of the folder', () => {
  const paths = [
    '/keelson/a',
    'a',
    'a:b',
    'a.slice:b:c:d',
    ':p:',
    'a:p:n',
    'a--b.slice:p:n',
    '-a.slice:p:n',
    '.slice:p:n',
  ];
  const outside = [
    ':p:../n',
    '../a.slice:p:n',
    ':..:/n',
    'a.slice/b.slice:p:n',
    ':p:n\n',
    `:p:${'n'.repeat(300)}`,
    ':p:own.slice',
  ];
  for (const path of [...paths, ...outside]) {
    assert.throws(() => unitOf(path, machine), { kind: 'invalid', code: 'CGROUP_PATH_INVALID' }, path);
  }
  assert.throws(() => expandSlice('a.service'), { code: 'CGROUP_PATH_INVALID' });
});
