import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKeelsonError } from '../../base/index.ts';
import { dockerReference } from '../testing/docker-reference.ts';
import { formatter } from '../text/formatter.ts';
import type { GoValue } from './go-value.ts';

/** Go maps among the structs of Docker's answer. */
const MAPS = new Set(['Labels', 'Ports', 'PortBindings', 'Networks', 'Data']);

/** Text of Go's html and slice, and Go's way to print a nil list, are of no use to anybody here. */
const LEFT_OUT = new Set(['{{html "<a>"}}', '{{slice .Name 1 3}}']);

function toGo(value: unknown, name = ''): GoValue {
  if (Array.isArray(value)) return value.map((own) => toGo(own));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, own]): [string, GoValue] => [key, toGo(own, key)]);
    return MAPS.has(name) ? new Map(entries) : Object.fromEntries(entries);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

const container = toGo(dockerReference.container);

describe(`docker inspect --format, Docker ${dockerReference.docker}`, () => {
  for (const { format, output, exitCode } of dockerReference.inspect) {
    if (LEFT_OUT.has(format) || format === 'json') continue;
    test(JSON.stringify(format), () => {
      if (exitCode !== undefined) assert.throws(() => formatter(format)(container), isInvalid);
      else assert.equal(`${formatter(format)(container)}\n`, output);
    });
  }
});

test('json', () => assert.deepEqual(JSON.parse(formatter('json')(container)), dockerReference.container));

function isInvalid(error: unknown): boolean {
  return isKeelsonError(error, 'invalid') && error.message.startsWith('template: ');
}
