import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameFilter } from './name-filter.ts';

test('no name that was added is forgotten, and few others are taken for one', () => {
  const filter = new NameFilter();
  const names = Array.from({ length: 20_000 }, (_, i) => `usr/share/doc/package-${i % 300}/file-${i}`);
  const wrong = names.filter((name) => filter.add(name));
  assert.ok(wrong.length < 100, `${wrong.length} of ${names.length}`);
  for (const name of names) assert.ok(filter.add(name), name);
});
