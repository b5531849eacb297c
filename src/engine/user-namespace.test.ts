import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { candidates, keepIdMap, rangePool, resolveUserNamespace } from './user-namespace.ts';

describe('rangePool', () => {
  test('what both files reserve for us', () => {
    const file = 'ann:1:65536\n# keelson:5:65536\ncontainers:2147483647:2147483648\n';
    assert.deepEqual(rangePool(file, file), { start: 2147483647, count: 2147483648 });
  });

  test('ids that nobody uses where there is nothing, or not the same, or too little', () => {
    for (const [uids, gids] of [
      ['', ''],
      ['keelson:100000:65536', 'keelson:900000:65536'],
      ['keelson:100000:9', 'keelson:100000:9'],
    ] as const)
      assert.equal(rangePool(uids, gids).start, 0x70000000);
  });
});

describe('resolveUserNamespace', () => {
  const caller = { uid: 1000, gid: 100, reserve: () => 200_000 };

  test('auto: one range from root on', () => {
    const maps = [{ containerID: 0, hostID: 200_000, size: 9 }];
    const resolved = resolveUserNamespace({ mode: 'auto', size: 9 }, caller);
    assert.deepEqual(resolved, { mode: 'maps', uidMaps: maps, gidMaps: maps });
  });

  test('keep-id: the caller stays who they are, all around comes from the range', () => {
    assert.deepEqual(resolveUserNamespace({ mode: 'keep-id', gid: 0 }, caller), {
      mode: 'maps',
      uidMaps: [
        { containerID: 0, hostID: 200_000, size: 1000 },
        { containerID: 1000, hostID: 1000, size: 1 },
        { containerID: 1001, hostID: 201_000, size: 64_536 },
      ],
      gidMaps: [
        { containerID: 0, hostID: 100, size: 1 },
        { containerID: 1, hostID: 200_000, size: 65_536 },
      ],
    });
  });

  test('keep-id refuses to keep root', () => {
    assert.throws(() => keepIdMap({ host: 0, container: 5 }, { start: 1, count: 1 }), { code: 'KEEP_ID_OF_ROOT' });
  });
});

test('candidates are blocks in a row that lie in the pool', () => {
  const pool = { start: 10, count: 3 * 65_536 };
  assert.deepEqual(
    [...candidates(pool, 65_537)],
    [
      [10, 65_546],
      [65_546, 131_082],
    ],
  );
});
