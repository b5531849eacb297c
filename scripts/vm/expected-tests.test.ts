import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { expectedTests, missingTests } from './expected-tests.ts';
import { selectTests } from './selection.ts';

const source = `
  import { describe, test } from 'node:test';
  test('alone', () => {});
  for (const name of names) {
    describe(\`on \${name}, all\`, () => {
      if (host.mode === 'v1') test('inside (a)', () => {});
    });
  }
  describe('old', () => { test('inside old', () => {}); });
  for (const [name] of table) test(name, () => {});
`;

function missing(ran: string[], leftOut: string[] = []): string[] {
  return missingTests(expectedTests('x.test.ts', source), new Set(ran), new Set(leftOut));
}

describe('tests that were expected and did not run', () => {
  test('are named', () => {
    assert.deepEqual(missing(['alone', 'on v2, all', 'old', 'inside old']), ['inside (a)']);
    assert.deepEqual(missing(['on v2, all', 'inside (a)']), ['alone', 'old', 'inside old']);
  });

  test('are those of every name that is computed too', () => {
    assert.deepEqual(missing(['alone', 'on v2', 'inside (a)', 'old', 'inside old']).length, 1);
    assert.equal(missing([]).length, 6);
  });

  test('are not those that are left out, with what is in a suite that is', () => {
    assert.deepEqual(missing(['alone', 'on v2, all', 'inside (a)'], ['old']), []);
  });
});

describe('the selection of tests for the virtual machine', () => {
  test('decides about every file, and each entry about some', () => {
    assert.deepEqual(selectTests().problems, []);
  });

  test('says so when it does not', () => {
    const { problems } = selectTests(['test/integration/new/thing.test.ts']);
    assert.match(problems[0] ?? '', /does not say whether test\/integration\/new\/thing.test.ts runs/);
    assert.ok(problems.some((problem) => problem.includes("no test is 'cgroups'")));
  });

  test('leaves out tests that there are, and none of the same name elsewhere', () => {
    const { files, leftOut } = selectTests();
    for (const { name, file } of leftOut) {
      // Names of a table, such as those of the hierarchies, stand in the source in two pieces.
      const having = files.filter((path) =>
        expectedTests(path, readFileSync(path, 'utf8')).some(
          (test) => test.name.source !== '^' && test.name.test(name),
        ),
      );
      assert.deepEqual(having, [`test/integration/${file}`], name);
    }
  });
});
