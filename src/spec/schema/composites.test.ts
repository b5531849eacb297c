import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { list, mapOf, object, optional } from './composites.ts';
import { fieldPath, ProblemList } from './problem.ts';
import { string, uint32 } from './scalars.ts';
import { readDocument, type Schema } from './schema.ts';

interface Person {
  name: string;
  age?: number | undefined;
  friends?: readonly Person[] | undefined;
}

const friend: Schema<Person> = (value, path, problems) => person(value, path, problems);
const person: Schema<Person> = object<Person>({ name: string, age: optional(uint32), friends: optional(list(friend)) });

const NAME = { document: 'person.json', code: 'PERSON_INVALID' };

describe('object', () => {
  test('keeps known fields and leaves out the others', () => {
    const given = JSON.parse('{"name": "a", "age": 3, "x": 1, "__proto__": {"age": 4}, "constructor": 5}');
    assert.deepEqual(readDocument(person, given, NAME), { name: 'a', age: 3 });
  });

  test('null is the same as missing', () => {
    assert.deepEqual(readDocument(person, { name: 'a', age: null }, NAME), { name: 'a' });
  });

  test('inherited fields do not count', () => {
    const problems = new ProblemList();
    person(Object.create({ name: 'a' }), '', problems);
    assert.deepEqual(problems.problems, [{ path: 'name', message: 'is missing', hint: undefined }]);
  });

  test('all problems are found, each with its path', () => {
    const problems = new ProblemList();
    person({ age: -1, friends: [{ name: 1 }, 2, { name: 'b', friends: {} }] }, '', problems);
    assert.deepEqual(
      problems.problems.map(({ path }) => path),
      ['name', 'age', 'friends[0].name', 'friends[1]', 'friends[2].friends'],
    );
  });

  for (const value of [undefined, null, 1, 'a', true, [], () => 1]) {
    test(`refuses ${typeof value} ${JSON.stringify(value)}`, () => {
      assert.throws(() => readDocument(person, value, NAME), /^KeelsonError: person\.json: must be an object/);
    });
  }
});

describe('mapOf', () => {
  const ages = mapOf(uint32);

  test('keeps every key, also those that objects have anyway', () => {
    const given = JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}');
    const result = readDocument(ages, given, NAME);
    assert.deepEqual(Object.entries(result), [
      ['__proto__', 1],
      ['constructor', 2],
      ['', 3],
    ]);
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
  });

  test('names the key that is wrong', () => {
    const problems = new ProblemList();
    ages({ 'a.b': 'x', 'c\0': 1 }, 'm', problems);
    assert.deepEqual(
      problems.problems.map(({ path }) => path),
      ['m["a.b"]', 'm["c\\u0000"]'],
    );
  });
});

describe('problems', () => {
  test('the error names the first and counts the others', () => {
    assert.throws(
      () => readDocument(person, { age: 'x' }, NAME),
      (error) =>
        isKeelsonError(error, 'invalid') &&
        error.code === 'PERSON_INVALID' &&
        error.message === 'person.json: name is missing (and 1 more problem)',
    );
  });

  test('a million wrong elements are not a million problems', () => {
    const problems = new ProblemList();
    list(uint32)(new Array(1_000_000).fill('x'), '', problems);
    assert.equal(problems.problems.length, ProblemList.LIMIT);
  });

  test('paths', () => {
    assert.equal(fieldPath('', 'linux'), 'linux');
    assert.equal(fieldPath('linux', 'uidMappings'), 'linux.uidMappings');
    assert.equal(fieldPath('linux.sysctl', 'net.core.x'), 'linux.sysctl["net.core.x"]');
    assert.equal(fieldPath('', ''), '[""]');
    assert.ok(fieldPath('a', 'x'.repeat(10_000)).length < 100);
  });
});
