import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseSource } from '../layers/source-file.ts';
import { readErrorCodes } from './read-error-codes.ts';

const root = new URL('../..', import.meta.url).pathname;

/** What src throws; tests and what only they use are no part of the product. */
function thrown() {
  const paths = globSync('src/**/*.ts', { cwd: root }).filter((path) => !/\.test\.ts$|\/testing\//.test(path));
  return readErrorCodes(paths.map((path) => parseSource(path, readFileSync(root + path, 'utf8'))));
}

/** The rows of docs/errors.md: code, kinds, meaning, advice. */
function documented(): string[][] {
  const lines = readFileSync(`${root}docs/errors.md`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const cells = /^\| `([A-Z0-9_]+)` \| (.*) \|$/.exec(line);
    return cells ? [[cells[1] ?? '', ...(cells[2] ?? '').split(' | ')]] : [];
  });
}

describe('docs/errors.md', () => {
  const { kinds, unreadable } = thrown();

  test('the code of every error can be read from the source', () => assert.deepEqual(unreadable, []));

  test('has every code that is thrown, with its kinds, once, and no other', () => {
    const rows = documented().map(([code, kind]) => `${code} ${kind}`);
    const expected = Array.from(kinds, ([code, kind]) => `${code} ${[...kind].sort().join(', ')}`);
    assert.deepEqual(rows.sort(), expected.sort());
  });

  test('says of each what happened and what to do', () => {
    for (const row of documented()) {
      assert.equal(row.length, 4, row[0]);
      assert.ok(
        row.every((cell) => cell.trim().length > 3 && !/[.]$/.test(cell)),
        row[0],
      );
    }
  });
});

describe('what is found', () => {
  const read = (text: string) => readErrorCodes([parseSource('src/engine/x.ts', text)]);

  test('literals, choices, makers and documents', () => {
    const { kinds, unreadable } = read(`
      throw new KeelsonError('conflict', 'a', { code: 'ONE_A', hint: 'b' });
      throw new KeelsonError(c ? 'denied' : 'invalid', 'a', { code: c ? 'TWO_A' : 'TWO_B' });
      throw invalid('THREE', 'text');
      readDocument(schema, json, { code: 'FOUR', document: 'd.json' });
      throw tarError('text');
      class Five extends KeelsonError { constructor() { super('denied', 'a', { code: 'FIVE' }); } }
      throw new KeelsonError('exhausted', 'a', { code: 'ENOSPC' });`);
    assert.deepEqual([...kinds.keys()], ['ONE_A', 'TWO_A', 'TWO_B', 'THREE', 'FOUR', 'TAR_INVALID', 'FIVE']);
    assert.deepEqual([...(kinds.get('TWO_A') ?? [])], ['denied', 'invalid']);
    assert.deepEqual(unreadable, []);
  });

  test('a code that is made elsewhere is told', () => {
    assert.deepEqual(read(`throw new KeelsonError('invalid', 'a', { code });`).unreadable, ['src/engine/x.ts:1']);
    assert.deepEqual(read('throw invalid(code, text);').unreadable, ['src/engine/x.ts:1']);
  });
});
