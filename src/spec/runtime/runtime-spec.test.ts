import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LinuxSeccomp, LinuxSeccompArgument, LinuxSyscallRule } from '../linux-seccomp.ts';
import { fieldPath } from '../schema/problem.ts';
import { completeSpec } from './complete-spec.ts';
import { RLIM_INFINITY, rlimitValue } from './rlimit.ts';
import type { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from './seccomp-schema.ts';
import { examineRuntimeSpec, parseRuntimeSpec } from './validate/parse-runtime-spec.ts';

/** Every value inside a document with its path, containers included. */
function* places(value: unknown, keys: (string | number)[] = [], path = ''): Generator<Place> {
  if (path !== '') yield { keys, path, value };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const index = Array.isArray(value);
    yield* places(inner, [...keys, index ? Number(key) : key], index ? `${path}[${key}]` : fieldPath(path, key));
  }
}

interface Place {
  keys: (string | number)[];
  path: string;
  value: unknown;
}

/** Objects whose keys are data. */
const MAPS = /^(annotations|linux\.(sysctl|timeOffsets|netDevices)|linux\.resources\.(rdma|unified))$/;

/** A copy of the complete specification with another value at one place. */
function withValue(keys: readonly (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(completeSpec());
  let at: unknown = copy;
  for (const key of keys.slice(0, -1)) at = Reflect.get(Object(at), key);
  Reflect.set(Object(at), keys.at(-1) ?? '', value);
  return copy;
}

describe('a complete specification', () => {
  test('is read whole: no field is lost or changed', () => {
    assert.deepEqual(parseRuntimeSpec(completeSpec()).spec, completeSpec());
  });

  test('survives JSON, but for the one number that JSON cannot hold', () => {
    const spec = structuredClone(completeSpec());
    const text = JSON.stringify(spec, (_key, value) => (typeof value === 'bigint' ? Number(value) : value));
    assert.equal(JSON.stringify(parseRuntimeSpec(JSON.parse(text)).spec), text);
  });

  test('unknown fields are ignored everywhere, as the specification demands', () => {
    const objects = [...places(completeSpec())].filter(
      ({ value }) => typeof value === 'object' && !Array.isArray(value),
    );
    for (const { keys, path, value } of objects) {
      if (MAPS.test(path)) continue; // there the keys are data
      assert.deepEqual(
        parseRuntimeSpec(withValue(keys, { ...Object(value), unknownField: {} })).spec,
        completeSpec(),
        path,
      );
    }
    assert.ok(objects.length > 50);
  });

  for (const { keys, path, value } of places(completeSpec())) {
    test(`${path} is checked for its type`, () => {
      const wrong: unknown[] = [typeof value === 'string' ? 12 : 'text\0', Symbol('x'), () => 1];
      wrong.push(...(typeof value === 'object' ? [1, true] : [{}, []]));
      for (const other of wrong) {
        const { value: spec, problems } = examineRuntimeSpec(withValue(keys, other));
        assert.equal(spec, undefined, String(other));
        assert.ok(
          problems.some((problem) => problem.path === path),
          `${String(other)}: ${JSON.stringify(problems)}`,
        );
      }
    });
  }

  test('NUL bytes are found in every text, keys included', () => {
    for (const { keys, path, value } of places(completeSpec())) {
      if (typeof value !== 'string') continue;
      const { problems } = examineRuntimeSpec(withValue(keys, `${value}\0`));
      assert.deepEqual(
        problems.map(({ path: at }) => at),
        [path],
      );
      assert.match(problems[0]?.message ?? '', /NUL/);
    }
    for (const map of [['annotations'], ['linux', 'sysctl'], ['linux', 'resources', 'unified']]) {
      const { problems } = examineRuntimeSpec(withValue(map, { 'a.b\0': 'c' }));
      assert.match(problems[0]?.message ?? '', /NUL/, map.join('.'));
    }
  });

  test('null counts as missing, and as wrong in a list or a map', () => {
    for (const { keys, path } of places(completeSpec())) {
      const last = keys.at(-1);
      const parent = /^(.*)(?:\.[\w-]+|\["[^"]*"\])$/.exec(path)?.[1] ?? '';
      const [withNull, without] = [null, undefined].map((value) => examineRuntimeSpec(withValue(keys, value)));
      if (typeof last === 'number' || MAPS.test(parent)) assert.equal(withNull?.problems[0]?.path, path);
      else assert.deepEqual(withNull, without, path);
    }
  });
});

describe('the smallest specification', () => {
  test('is valid without a warning', () => {
    const smallest = {
      ociVersion: '1.0.0',
      root: { path: 'rootfs' },
      process: { cwd: '/', args: ['sh'] },
      linux: { namespaces: [{ type: 'mount' }] },
    };
    assert.deepEqual(parseRuntimeSpec(smallest), { spec: smallest, warnings: [] });
  });
});

describe('rlimitValue', () => {
  test('2^64-1 comes rounded out of JSON and is meant', () => {
    assert.equal(rlimitValue(JSON.parse('18446744073709551615')), RLIM_INFINITY);
    assert.equal(rlimitValue(0), 0n);
    assert.equal(rlimitValue(1024), 1024n);
  });
});

describe('words of seccomp', () => {
  test('the lists have every word of the types', () => {
    // The compiler fails here when a type gets a word that its list lacks.
    type Missing<Word, List extends readonly unknown[]> = Exclude<Word, List[number]>;
    type Architecture = NonNullable<LinuxSeccomp['architectures']>[number];
    type Flag = NonNullable<LinuxSeccomp['flags']>[number];
    const missing: (
      | Missing<LinuxSyscallRule['action'], typeof SECCOMP_ACTIONS>
      | Missing<LinuxSeccompArgument['op'], typeof SECCOMP_OPERATORS>
      | Missing<Architecture, typeof SECCOMP_ARCHITECTURES>
      | Missing<Flag, typeof SECCOMP_FLAGS>
    )[] = [];
    assert.deepEqual(missing satisfies never[], []);
  });
});
