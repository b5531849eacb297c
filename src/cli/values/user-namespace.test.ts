import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reads, refuses, survivesAnyText } from '../testing/assert-parser.ts';
import { idMapValue, userNamespace, usernsMode } from './user-namespace.ts';

describe('usernsMode', () => {
  reads(usernsMode, [
    ['host', { mode: 'host' }],
    ['auto', { mode: 'auto' }],
    ['auto:size=65536', { mode: 'auto', size: 65_536 }],
    ['keep-id', { mode: 'keep-id' }],
    ['keep-id:uid=1000,gid=100', { mode: 'keep-id', uid: 1000, gid: 100 }],
  ]);
  refuses(usernsMode, [
    ['', /expected host, auto\[:size=COUNT\] or keep-id/],
    ['host:size=1', /expected host/],
    ['auto:size=0', /expected host/],
    ['auto:uid=1', /expected host/],
    ['auto:', /expected host/],
    ['keep-id:uid=1,uid=2', /expected host/],
    ['keep-id:uid=4294967295', /expected host/],
    ['remap', /expected host/],
  ]);
  survivesAnyText(usernsMode, ['auto', 'keep-id', ':', 'size=', 'uid=', '1', ',']);
});

describe('idMapValue', () => {
  reads(idMapValue, [
    ['0:100000:65536', { containerID: 0, hostID: 100_000, size: 65_536 }],
    ['0:1000', { containerID: 0, hostID: 1000, size: 1 }],
  ]);
  refuses(idMapValue, [
    ['', /expected CONTAINER_ID:HOST_ID\[:COUNT\]/],
    ['0:1:0', /expected CONTAINER_ID/],
    ['-1:0:1', /expected CONTAINER_ID/],
    ['0:4294967290:10', /expected CONTAINER_ID/],
  ]);
});

describe('userNamespace', () => {
  const a = idMapValue('0:1000:10');
  const b = idMapValue('10:5000:10');

  test('without maps it is what --userns said', () => {
    assert.equal(userNamespace(undefined, [], []), undefined);
    assert.deepEqual(userNamespace({ mode: 'host' }, [], []), { mode: 'host' });
  });

  test('one kind of map serves for both', () => {
    assert.deepEqual(userNamespace(undefined, [a, b], []), { mode: 'maps', uidMaps: [a, b], gidMaps: [a, b] });
    assert.deepEqual(userNamespace(undefined, [], [b]), { mode: 'maps', uidMaps: [b], gidMaps: [b] });
    assert.deepEqual(userNamespace(undefined, [a], [b]), { mode: 'maps', uidMaps: [a], gidMaps: [b] });
  });

  test('what cannot be', () => {
    assert.throws(() => userNamespace({ mode: 'auto' }, [a], []), { code: 'FLAGS_CONFLICT' });
    assert.throws(() => userNamespace(undefined, [a, idMapValue('9:9000:1')], []), {
      code: 'ID_MAP_OVERLAP',
      message: '--uidmap: the container ids 9 to 9 are mapped twice',
    });
    assert.throws(() => userNamespace(undefined, [a, idMapValue('50:1009:2')], []), {
      message: '--uidmap: the host ids 1009 to 1010 are mapped twice',
    });
    const many = Array.from({ length: 341 }, (_, i) => idMapValue(`${i}:${i}`));
    assert.throws(() => userNamespace(undefined, many, []), { code: 'ID_MAP_TOO_MANY' });
  });
});
