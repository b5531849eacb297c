import type { Architecture } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';
import { compileSeccomp } from '../seccomp/compile-seccomp.ts';

const compiled = new WeakMap<object, ReturnType<typeof compileSeccomp>>();

/** Installs the filter that decides which system calls the container may make (seccomp(2)). */
export function installSeccomp(context: InitContext): void {
  const profile = context.spec.linux?.seccomp;
  if (!profile) return;
  // A program that starts many containers gives the same profile each time.
  const program = compiled.get(profile) ?? compileSeccomp(profile, { arch: process.arch as Architecture });
  compiled.set(profile, program);
  context.kernel.step(
    'System call filter',
    `allow only the system calls of the profile (${program.filter.length / 8} instructions)`,
    because(context, 'linux.seccomp'),
  );
  context.kernel.seccompFilter(program.filter, program.flags);
}
