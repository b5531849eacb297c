import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationProperties } from './annotation-properties.ts';
import type { DBusValue } from './dbus/value.ts';
import { parseGvariant } from './parse-gvariant.ts';

describe("values in GVariant's text format", () => {
  const table: [text: string, signature: string, value: DBusValue][] = [
    ['true', 'b', true],
    ['boolean false', 'b', false],
    ["'inactive-or-failed'", 's', 'inactive-or-failed'],
    ['"it\'s"', 's', "it's"],
    [String.raw`'a\'b\n\u00e9'`, 's', "a'b\né"],
    ['5', 'i', 5],
    ['-0x10', 'i', -16],
    ['uint64 18446744073709551615', 't', 2n ** 64n - 1n],
    ['@t 7', 't', 7n],
    ['byte 255', 'y', 255],
    ['1.5', 'd', 1.5],
    ['double 2', 'd', 2],
    ["['a', 'b']", 'as', ['a', 'b']],
    ['@as []', 'as', []],
    ['[uint32 1, 2]', 'au', [1, 2]],
    ['[byte 1, 2]', 'ay', Uint8Array.of(1, 2)],
    ["('/dev/null', 'rw')", '(ss)', ['/dev/null', 'rw']],
    ["@a(ss) [('/dev/null', 'rw')]", 'a(ss)', [['/dev/null', 'rw']]],
    ['(5,)', '(i)', [5]],
    ['<true>', 'v', { signature: 'b', value: true }],
    ["objectpath '/a'", 'o', '/a'],
  ];
  for (const [text, signature, value] of table) {
    test(text, () => assert.deepEqual(parseGvariant(text), { signature, value }));
  }
});

test('what is none says where', () => {
  const wrong = [
    '',
    'yes',
    "'open",
    '[]',
    '[1, true]',
    '5 6',
    'byte 256',
    'uint32 -1',
    'uint64 1.5',
    '()',
    '{1: 2}',
    '@(ss 1',
    '3000000000',
    '@q true',
  ];
  for (const text of wrong) assert.throws(() => parseGvariant(text), Error, text);
  assert.throws(() => parseGvariant('5 6'), /from character 3 on/);
});

test('annotations of units, and no others', () => {
  const found = annotationProperties({
    'org.systemd.property.TimeoutStopUSec': 'uint64 5',
    'org.systemd.property.RuntimeMaxSec': '2',
    'org.systemd.property.TimeoutSec': 'double 0.5',
    'org.other': 'x',
  });
  assert.deepEqual(found, [
    { name: 'TimeoutStopUSec', signature: 't', value: 5n },
    { name: 'RuntimeMaxUSec', signature: 't', value: 2_000_000n },
    { name: 'TimeoutUSec', signature: 't', value: 500_000n },
  ]);
  for (const [name, value] of [
    ['No-Name', '1'],
    ['ab', '1'],
    ['RuntimeMaxSec', "'x'"],
    ['RuntimeMaxSec', '-1'],
    ['Slice', 'x'],
  ]) {
    const annotations = { [`org.systemd.property.${name}`]: value ?? '' };
    assert.throws(
      () => annotationProperties(annotations),
      { kind: 'invalid', code: 'SYSTEMD_ANNOTATION' },
      `${name}=${value}`,
    );
  }
});
