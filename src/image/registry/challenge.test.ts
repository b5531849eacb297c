import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseChallenges } from './challenge.ts';

describe('challenges', () => {
  const realm = 'https://auth.example/token';
  const cases: [string, object[]][] = [
    ['', []],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    ['Basic realm="Registry Realm"', [{ scheme: 'basic', parameters: { realm: 'Registry Realm' } }]],
    [
      `Bearer realm="${realm}",service="registry",scope="repository:a/b:pull,push"`,
      [{ scheme: 'bearer', parameters: { realm, service: 'registry', scope: 'repository:a/b:pull,push' } }],
    ],
    [
      `BEARER Realm=${'x'} , Basic realm="a \\"b\\""`,
      [
        { scheme: 'bearer', parameters: { realm: 'x' } },
        { scheme: 'basic', parameters: { realm: 'a "b"' } },
      ],
    ],
    ['Basic realm="open', [{ scheme: 'basic', parameters: {} }]],
  ];
  for (const [header, expected] of cases) {
    test(`of '${header}'`, () => assert.deepEqual(parseChallenges(header).slice(0, expected.length), expected));
  }

  test('any header ends, and soon', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2000 }), (header) => parseChallenges(header).length <= header.length));
    const started = performance.now();
    parseChallenges(`Bearer ${'a="\\'.repeat(100_000)}`);
    parseChallenges(' ,'.repeat(100_000));
    assert.ok(performance.now() - started < 1000);
  });
});
