import { list, object, optional } from '../schema/composites.ts';
import { oneOf, string } from '../schema/scalars.ts';
import type { Schema } from '../schema/schema.ts';

/** What personality(2) shows a program: `LINUX32` makes uname(2) name a 32-bit machine. */
export interface Personality {
  domain: 'LINUX' | 'LINUX32';
  /** The specification defines none yet. */
  flags?: readonly string[] | undefined;
}

export const personalitySchema: Schema<Personality> = object<Personality>({
  domain: oneOf(['LINUX', 'LINUX32']),
  flags: optional(list(string)),
});
