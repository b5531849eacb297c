import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { reads, refuses } from '../testing/assert-parser.ts';
import { csvFields } from './csv-fields.ts';

describe('csvFields', () => {
  reads(csvFields, [
    ['a,b', ['a', 'b']],
    ['', ['']],
    ['a,', ['a', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi"""', ['say "hi"']],
  ]);
  refuses(csvFields, [
    ['a"b', /quotes must enclose a whole field/],
    ['"a', /quotes/],
    ['"a"b', /quotes/],
  ]);
  test('what is quoted reads back', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
        const line = fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',');
        assert.deepEqual(csvFields(line), fields);
      }),
    );
  });
});
