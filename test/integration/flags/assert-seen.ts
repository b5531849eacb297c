import assert from 'node:assert/strict';
import { type Check, fillIn, type World } from './flag-case.ts';

/** Fails unless a check saw what it must see, on Docker perhaps something else. */
export function assertSeen(seen: string, check: Check, { world, onDocker }: { world: World; onDocker: boolean }): void {
  const own = typeof check.expect === 'function' ? check.expect(world) : check.expect;
  const expected = onDocker ? (check.docker?.expect ?? own) : own;
  if (typeof expected === 'string') assert.equal(seen, fillIn(expected, world));
  else assert.match(seen, expected);
}
