import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { completeSpec } from '../../../src/spec/runtime/complete-spec.ts';

const page = join(import.meta.dirname, '../../../docs/user/runtime.md');

/** Objects whose keys are names that the author chooses. */
const MAPS = [
  'annotations',
  'linux.timeOffsets',
  'linux.netDevices',
  'linux.sysctl',
  'linux.resources.rdma',
  'linux.resources.unified',
];

/** The places of all values: `mounts[].options`, `linux.sysctl.*`. `completeSpec` has every field that there is. */
function* places(value: unknown, path = ''): Generator<string> {
  if (Array.isArray(value)) {
    for (const one of value) yield* places(one, typeof one === 'object' ? `${path}[]` : path);
    if (value.length === 0) yield path;
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) {
      const name = MAPS.includes(path) ? '*' : key;
      yield* places(one, path === '' ? name : `${path}.${name}`);
    }
  } else yield path;
}

const rows = readFileSync(page, 'utf8')
  .split('\n')
  .map((line) => /^\| (`.*`) \| \[`([^`]+)`\]\(([^)]+)\) \|/.exec(line))
  .filter((row) => row !== null)
  .map(([, fields = '', name = '', link = '']) => ({
    fields: [...fields.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''),
    name,
    link,
  }));

test('every field of the specification stands once in the table, and nothing else', () => {
  const listed = rows.flatMap(({ fields }) => fields).sort();
  assert.deepEqual(listed, [...new Set(places(completeSpec()))].sort());
});

test('every test that is named is there, and is a test', () => {
  assert.ok(rows.length > 40);
  for (const { name, link } of rows) {
    assert.match(name, /\.test\.ts$/);
    assert.ok(existsSync(join(dirname(page), link)), name);
    assert.ok(link.endsWith(`/${name}`), link);
  }
});
