import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../base/index.ts';
import * as c from './mount-constants.ts';
import {
  MOUNT_OPTION_NAMES,
  type MountOptions,
  parseMountOptions,
  parseMountOptionsStrictly,
} from './mount-options.ts';

const NOTHING: MountOptions = parseMountOptions([]);

describe('parseMountOptions', () => {
  const cases: { options: string[]; expect: Partial<MountOptions> }[] = [
    { options: [], expect: {} },
    { options: ['defaults', ''], expect: {} },
    {
      options: ['nosuid', 'noexec', 'nodev', 'ro'],
      expect: { flagsSet: 1 | 2 | 4 | 8, attrSet: 1 | 2 | 4 | 8 },
    },
    { options: ['rw'], expect: { flagsCleared: c.MS_RDONLY, attrClear: c.MOUNT_ATTR_RDONLY } },
    {
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      expect: {
        flagsSet: c.MS_NOSUID | c.MS_STRICTATIME,
        attrSet: c.MOUNT_ATTR_NOSUID | c.MOUNT_ATTR_STRICTATIME,
        attrClear: c.MOUNT_ATTR__ATIME,
        data: ['mode=755', 'size=65536k'],
      },
    },
    // relatime is the value 0 of its field: nothing to set, but the field to clear.
    { options: ['relatime'], expect: { flagsSet: c.MS_RELATIME, attrClear: c.MOUNT_ATTR__ATIME } },
    { options: ['norelatime'], expect: { flagsCleared: c.MS_RELATIME } },
    { options: ['atime'], expect: { flagsCleared: c.MS_NOATIME, attrClear: c.MOUNT_ATTR__ATIME } },
    {
      options: ['noatime', 'nodiratime'],
      expect: {
        flagsSet: c.MS_NOATIME | c.MS_NODIRATIME,
        attrSet: c.MOUNT_ATTR_NOATIME | c.MOUNT_ATTR_NODIRATIME,
        attrClear: c.MOUNT_ATTR__ATIME,
      },
    },
    { options: ['bind'], expect: { bind: 'bind', flagsSet: c.MS_BIND } },
    { options: ['rbind', 'bind'], expect: { bind: 'rbind', flagsSet: c.MS_BIND | c.MS_REC } },
    { options: ['bind', 'rbind'], expect: { bind: 'rbind', flagsSet: c.MS_BIND | c.MS_REC } },
    { options: ['remount'], expect: { remount: true, flagsSet: c.MS_REMOUNT } },
    { options: ['sync', 'dirsync'], expect: { flagsSet: c.MS_SYNCHRONOUS | c.MS_DIRSYNC } },
    { options: ['async', 'nolazytime'], expect: { flagsCleared: c.MS_SYNCHRONOUS | c.MS_LAZYTIME } },
    { options: ['silent', 'mand', 'iversion'], expect: { flagsSet: c.MS_SILENT | c.MS_MANDLOCK | c.MS_I_VERSION } },
    {
      options: ['loud', 'nomand', 'noiversion'],
      expect: { flagsCleared: c.MS_SILENT | c.MS_MANDLOCK | c.MS_I_VERSION },
    },
    { options: ['nosymfollow'], expect: { flagsSet: c.MS_NOSYMFOLLOW, attrSet: c.MOUNT_ATTR_NOSYMFOLLOW } },
    { options: ['rro', 'rnosuid'], expect: { recursiveAttrSet: c.MOUNT_ATTR_RDONLY | c.MOUNT_ATTR_NOSUID } },
    { options: ['rrw', 'rexec'], expect: { recursiveAttrClear: c.MOUNT_ATTR_RDONLY | c.MOUNT_ATTR_NOEXEC } },
    {
      options: ['rnoatime'],
      expect: { recursiveAttrSet: c.MOUNT_ATTR_NOATIME, recursiveAttrClear: c.MOUNT_ATTR__ATIME },
    },
    { options: ['rrelatime'], expect: { recursiveAttrClear: c.MOUNT_ATTR__ATIME } },
    { options: ['rnorelatime'], expect: {} },
    { options: ['slave', 'shared'], expect: { propagation: ['slave', 'shared'] } },
    { options: ['rprivate'], expect: { propagation: ['rprivate'] } },
    { options: ['idmap'], expect: { idmap: 'idmap' } },
    { options: ['ridmap'], expect: { idmap: 'ridmap' } },
    { options: ['tmpcopyup', 'size=1m'], expect: { tmpcopyup: true, data: ['size=1m'] } },
    // What mount(8) keeps for itself, we and runc hand to the file system, which will say that it does not know it.
    { options: ['noauto', 'RO', ' ro', 'ro '], expect: { data: ['noauto', 'RO', ' ro', 'ro '] } },
  ];
  for (const { options, expect } of cases) {
    test(`[${options.join(' ')}]`, () => assert.deepEqual(parseMountOptions(options), { ...NOTHING, ...expect }));
  }

  test('the later option holds, as in mount(8)', () => {
    assert.equal(parseMountOptions(['ro', 'rw']).flagsSet, 0);
    assert.equal(parseMountOptions(['rw', 'ro']).attrSet, c.MOUNT_ATTR_RDONLY);
    assert.equal(parseMountOptions(['noatime', 'strictatime']).flagsSet, c.MS_STRICTATIME);
    assert.equal(parseMountOptions(['strictatime', 'noatime', 'nostrictatime']).attrSet, c.MOUNT_ATTR_NOATIME);
  });
});

describe('contradictions', () => {
  const contradictory = [
    ['ro', 'rw'],
    ['exec', 'noexec'],
    ['noatime', 'relatime'],
    ['rnoatime', 'strictatime'],
    ['rro', 'rw'],
    ['rro', 'rrw'],
    ['idmap', 'ridmap'],
    ['private', 'rshared'],
    ['shared', 'slave'],
    ['sync', 'async'],
  ];
  for (const options of contradictory) {
    test(`${options.join(' and ')} are reported, and refused where a person wrote them`, () => {
      assert.deepEqual(parseMountOptions(options).conflicts, [{ first: options[0], second: options[1] }]);
      assert.throws(
        () => parseMountOptionsStrictly(options),
        (error) => isKeelsonError(error, 'invalid') && error.code === 'MOUNT_OPTIONS_CONFLICT',
      );
    });
  }

  for (const options of [
    ['ro', 'ro'],
    ['ro', 'rro'],
    ['slave', 'shared'],
    ['shared', 'rshared'],
    ['atime', 'strictatime'],
    ['a=1', 'a=2'],
  ]) {
    test(`${options.join(' and ')} agree`, () => assert.deepEqual(parseMountOptionsStrictly(options).conflicts, []));
  }
});

describe('any list of options', () => {
  const option = fc.oneof(fc.constantFrom(...MOUNT_OPTION_NAMES), fc.string({ maxLength: 5 }));

  test('no bit is set and cleared at once, save the field that must be', () => {
    fc.assert(
      fc.property(fc.array(option), (options) => {
        const o = parseMountOptions(options);
        assert.equal(o.flagsSet & o.flagsCleared, 0);
        assert.equal(o.attrSet & o.attrClear & ~c.MOUNT_ATTR__ATIME, 0);
        assert.equal(o.recursiveAttrSet & o.recursiveAttrClear & ~c.MOUNT_ATTR__ATIME, 0);
        // mount_setattr(2) answers EINVAL unless the field is cleared as a whole or not at all, and before it is set.
        for (const [set, clear] of [
          [o.attrSet, o.attrClear],
          [o.recursiveAttrSet, o.recursiveAttrClear],
        ] as const) {
          assert.ok([0, c.MOUNT_ATTR__ATIME].includes(clear & c.MOUNT_ATTR__ATIME));
          assert.ok([0, c.MOUNT_ATTR_NOATIME, c.MOUNT_ATTR_STRICTATIME].includes(set & c.MOUNT_ATTR__ATIME));
          if (set & c.MOUNT_ATTR__ATIME) assert.ok(clear & c.MOUNT_ATTR__ATIME);
        }
      }),
    );
  });

  test('every unknown option is data, in order', () => {
    fc.assert(
      fc.property(fc.array(option), (options) => {
        const unknown = options.filter((one) => one !== '' && !MOUNT_OPTION_NAMES.includes(one));
        assert.deepEqual(parseMountOptions(options).data, unknown);
      }),
    );
  });

  test('a hostile number of options takes no time to speak of', () => {
    const started = performance.now();
    const options = Array.from({ length: 200_000 }, (_, i) => (i % 2 ? 'ro' : 'noatime'));
    assert.deepEqual(parseMountOptions(options).conflicts, []);
    assert.ok(performance.now() - started < 2000);
  });
});
