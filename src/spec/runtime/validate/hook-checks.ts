import type { Problem } from '../../schema/problem.ts';
import { shown } from '../../schema/scalars.ts';
import { HOOK_KINDS } from '../hooks.ts';
import type { RuntimeSpec } from '../runtime-spec.ts';

/** config.md#posix-platform-hooks: the path is absolute, the timeout above zero. */
export function* hooks({ hooks: all = {} }: RuntimeSpec): Generator<Problem> {
  for (const kind of HOOK_KINDS) {
    for (const [i, { path, timeout }] of (all[kind] ?? []).entries()) {
      const place = `hooks.${kind}[${i}]`;
      if (!path.startsWith('/'))
        yield { path: `${place}.path`, message: `must be an absolute path, not ${shown(path)}` };
      if (timeout !== undefined && timeout <= 0) {
        yield {
          path: `${place}.timeout`,
          message: `must be above 0 seconds, not ${timeout}`,
          hint: 'leave it out for no limit',
        };
      }
    }
  }
}
