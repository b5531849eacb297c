import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestName } from './closest-name.ts';

const NAMES = ['memory', 'memory-swap', 'name', 'network', 'rm', 'run', 'ps'];

for (const [text, closest] of [
  ['memroy', 'memory'],
  ['mem-swap', undefined],
  ['memory-swp', 'memory-swap'],
  ['netwrok', 'network'],
  ['nmae', 'name'],
  ['rum', 'rm'],
  ['x', undefined],
  ['', undefined],
  ['something', undefined],
] as const)
  test(`'${text}' is near ${closest}`, () => assert.equal(closestName(text, NAMES), closest));
