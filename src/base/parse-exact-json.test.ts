import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExactJson } from './parse-exact-json.ts';

test('an integer that a number cannot hold comes out as bigint', () => {
  assert.deepEqual(parseExactJson('{"a":18446744073709551615,"b":[9007199254740993,-9223372036854775808]}'), {
    a: 18446744073709551615n,
    b: [9007199254740993n, -9223372036854775808n],
  });
});

test('everything else is as JSON.parse has it', () => {
  const text = '{"a":9007199254740991,"b":1.5,"c":1e300,"d":"18446744073709551615","e":null,"f":[true,-0.1]}';
  assert.deepEqual(parseExactJson(text), JSON.parse(text));
  assert.throws(() => parseExactJson('{"a":'), SyntaxError);
});
