import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';
import { parseAccounts, parseGroups, resolveIdentity } from './account-files.ts';
import { mappedGroups } from './identity.ts';

const files = {
  accounts: parseAccounts('root:x:0:0:root:/root:/bin/sh\nann:x:1000:1001::/home/ann:/bin/sh\n7:x:9:9::/seven:\n'),
  groups: parseGroups('root:x:0:\nwheel:x:10:root,ann\nann:x:1001:\naudio:x:29:ann\n'),
};
const resolve = (user: string, groups: string[] = []) => resolveIdentity({ user, groups }, files);

describe('the files', () => {
  test('lines that are no accounts or groups are passed over', () => {
    const text = '\n#comment\nbroken\nneg:x:-1:0::/:\nbig:x:4294967295:0::/:\nok:x:1:2::/h:/bin/sh';
    assert.deepEqual(parseAccounts(text), [{ name: 'ok', uid: 1, gid: 2, home: '/h' }]);
    assert.deepEqual(parseGroups('a:x\nb:x:3:x,,y'), [{ name: 'b', gid: 3, members: ['x', 'y'] }]);
  });

  test('any text is read without an error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseAccounts(text);
        parseGroups(text);
      }),
    );
  });
});

describe('who a process runs as', () => {
  test('nobody named is root, with the groups root is in', () => {
    const { uid, gid, groups, home } = resolve('');
    assert.deepEqual({ uid, gid, groups, home }, { uid: 0, gid: 0, groups: [0, 10], home: '/root' });
  });

  test('a name, its groups and those asked for', () => {
    const { uid, gid, groups, home } = resolve('ann', ['root', '77', 'audio']);
    assert.deepEqual(
      { uid, gid, groups, home },
      { uid: 1000, gid: 1001, groups: [1001, 10, 29, 0, 77], home: '/home/ann' },
    );
  });

  test('a group that is given takes the place of all the others', () => {
    assert.deepEqual(resolve('ann:audio').groups, [29]);
    assert.deepEqual(resolve('1000:5').groups, [5]);
  });

  test('a number need not be in the files; a name that looks like one counts first', () => {
    assert.deepEqual([resolve('4000').uid, resolve('4000').gid, resolve('4000').home], [4000, 0, '/']);
    assert.equal(resolve('7').uid, 9);
  });

  test('what is not there is refused by name, what would wrap by number', () => {
    const refused = (user: string, code: string) =>
      assert.throws(
        () => resolve(user),
        (error) => isKeelsonError(error) && error.code === code,
      );
    refused('bob', 'USER_NOT_FOUND');
    refused('ann:nogroup', 'GROUP_NOT_FOUND');
    refused('4294967295', 'ID_OUT_OF_RANGE');
    refused('4294967296', 'ID_OUT_OF_RANGE');
    refused('-1', 'USER_NOT_FOUND');
  });
});

describe('groups in a user namespace', () => {
  const maps = [{ containerID: 0, hostID: 100_000, size: 3 }];

  test('those by membership that have no id there fall away, those asked for stay', () => {
    assert.deepEqual(mappedGroups(resolve(''), maps), [0]);
    assert.deepEqual(mappedGroups(resolve('', ['77']), maps), [0, 77]);
    assert.deepEqual(mappedGroups(resolve(''), undefined), [0, 10]);
  });
});
