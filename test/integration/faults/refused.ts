import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { LeakCheck } from '../../leak-check.ts';
import type { Keelson } from '../cli/keelson.ts';

/** What a command that cannot be has to answer. */
export interface Refusal {
  exitCode: number;
  message: RegExp;
  /** Words before the command, such as those of setpriv(1). */
  through?: readonly string[];
  /** The data root, where `through` names another one. */
  root?: string;
}

/** Runs it, and looks for what it left. */
export async function refused(keelson: Keelson, args: readonly string[], refusal: Refusal): Promise<void> {
  const check = new LeakCheck(refusal.root ?? keelson.root);
  await answersRefusal(keelson, args, refusal);
  await check.assertClean();
}

/** Runs it: one line, one with the way out where there is one, and the exit code. */
export async function answersRefusal(keelson: Keelson, args: readonly string[], refusal: Refusal): Promise<void> {
  const child = keelson.start(args, [...(refusal.through ?? []), ...keelson.command]);
  child.stdin.end();
  const [exitCode, stderr] = await Promise.all([child.exited, text(child.stderr), text(child.stdout)]);
  assert.match(stderr, /^keelson: [^\n]+\n(hint: [^\n]+\n)?$/);
  assert.doesNotMatch(stderr, /looks like a fault/);
  assert.match(stderr, refusal.message);
  assert.equal(exitCode, refusal.exitCode, stderr);
}
