import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isKeelsonError } from '../../../base/index.ts';
import { parseImageConfig } from '../../image/image-config.ts';
import { parseImageIndex } from '../../image/image-index.ts';
import { parseManifest } from '../../image/manifest.ts';
import { completeSpec } from '../complete-spec.ts';
import { parseProcess, parseResources, parseRuntimeSpec, parseRuntimeSpecText } from './parse-runtime-spec.ts';

/** Reads, or refuses with an error of ours that fits on a terminal. Anything else fails the test. */
function readsOrRefuses(read: () => unknown): void {
  try {
    assert.equal(typeof read(), 'object');
  } catch (error) {
    if (!isKeelsonError(error, 'invalid')) throw error;
    assert.match(error.code, /^[A-Z_]+_INVALID$/);
    assert.ok(error.message.length < 1000, error.message);
    // A document must not steer the terminal of who reads the error.
    assert.doesNotMatch(error.message, /\p{Cc}/u);
  }
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53,
    2 ** 63,
    2 ** 64,
    -(2 ** 63),
    1e308,
    -0,
    0.5,
  ),
  fc.constantFrom<unknown>(undefined, Number.NaN, Number.POSITIVE_INFINITY, 5n, -1n, 2n ** 200n, Symbol('x'), () => 1),
  fc.constantFrom<unknown>(
    '',
    '\0',
    '..',
    '/',
    '\x1b[2J',
    '\ud800',
    '../../x',
    'a'.repeat(5000),
    '%d',
    '-'.repeat(100),
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    JSON.parse('{"__proto__": {"type": "mount"}}'),
    new Array(3),
    Object.create(null),
  ),
);

/** Where in the complete specification something is changed: numbers that pick a key at each level. */
const change = fc.record({ picks: fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), value: odd });

function changeAt(root: unknown, picks: readonly number[], value: unknown): void {
  let at: unknown = root;
  for (const [depth, pick] of picks.entries()) {
    if (typeof at !== 'object' || at === null) return;
    const keys = Object.keys(at);
    const key = keys[pick % keys.length];
    if (key === undefined) return;
    const inner: unknown = Reflect.get(at, key);
    if (depth === picks.length - 1 || typeof inner !== 'object' || inner === null) {
      Reflect.set(at, key, value);
      return;
    }
    at = inner;
  }
}

describe('hostile documents', () => {
  test('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (json) => {
        for (const read of [
          parseRuntimeSpec,
          parseProcess,
          parseResources,
          parseManifest,
          parseImageIndex,
          parseImageConfig,
        ]) {
          readsOrRefuses(() => read(json));
        }
      }),
    );
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) =>
        readsOrRefuses(() => parseRuntimeSpecText(text)),
      ),
    );
  });

  test('a valid specification with a few things changed', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const spec = structuredClone(completeSpec());
        for (const { picks, value } of changes) changeAt(spec, picks, value);
        readsOrRefuses(() => parseRuntimeSpec(spec));
      }),
      { numRuns: 3000 },
    );
  });

  test('what is read has no field that the specification does not know, and reads again as itself', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2 }), (changes) => {
        const given = structuredClone(completeSpec());
        for (const { picks, value } of changes) changeAt(given, picks, value);
        try {
          const { spec } = parseRuntimeSpec(given);
          assert.deepEqual(parseRuntimeSpec(spec).spec, spec);
        } catch (error) {
          if (!isKeelsonError(error, 'invalid')) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a document of a megabyte for each field is read in time', () => {
    const many = <T>(item: T) => new Array<T>(100_000).fill(item);
    const big = {
      ...completeSpec(),
      process: { cwd: '/', args: many('x'), env: many('no equals sign') },
      mounts: many({ destination: 'x', options: ['ro', 'rw', 'size=1'] }),
      linux: {
        ...completeSpec().linux,
        maskedPaths: many('x'),
        uidMappings: many({ containerID: 0, hostID: 0, size: 1 }),
        devices: many({ path: '/x', type: 'p' }),
        sysctl: Object.fromEntries(many('').map((_, i) => [`net.${'x'.repeat(10)}${i}/../..`, '1'])),
      },
    };
    // Of the processor, since a busy machine may take its time.
    const started = process.cpuUsage();
    readsOrRefuses(() => parseRuntimeSpec(big));
    assert.ok(process.cpuUsage(started).user < 5e6);
  });
});
