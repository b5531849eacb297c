import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../base/index.ts';

/** Tests that each text is read as the value beside it. */
export function reads<Value>(
  parse: (text: string) => Value,
  cases: readonly (readonly [text: string, value: NoInfer<Value>])[],
): void {
  for (const [text, value] of cases) test(`reads '${text}'`, () => assert.deepEqual(parse(text), value));
}

/** Tests that each text is refused, with a message that matches. */
export function refuses(
  parse: (text: string) => unknown,
  cases: readonly (readonly [text: string, message: RegExp])[],
): void {
  for (const [text, message] of cases) {
    test(`refuses '${text}'`, () => {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(isKeelsonError(error, 'invalid'), String(error));
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }
}

/** Tests that any text gives a value or an error of ours, also texts made of the parts that mean something here. */
export function survivesAnyText(parse: (text: string) => unknown, parts: readonly string[]): void {
  const near = fc
    .array(fc.oneof(fc.constantFrom(...parts), fc.string({ maxLength: 3 })))
    .map((words) => words.join(''));
  test('any text gives a value or an error of ours', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        try {
          return parse(text) !== null;
        } catch (error) {
          return isKeelsonError(error, 'invalid');
        }
      }),
    );
  });
}
