import type { Kernel, Value } from '../../kernel/index.ts';
import { AT_FDCWD, EPERM, O_WRONLY } from '../../kernel/index.ts';
import type { RuntimeSpec } from '../../spec/index.ts';
import { RLIMIT_TYPES, rlimitValue } from '../../spec/index.ts';
import type { InitContext } from '../init-context.ts';
import { because } from '../init-context.ts';

/** Resource limits of the process (getrlimit(2)); last, since a low one would hinder the steps before. */
export function setResourceLimits(context: InitContext): void {
  const { kernel, spec } = context;
  (spec.process?.rlimits ?? []).forEach(({ type, soft, hard }, index) => {
    kernel.step('Limits (cgroups)', `limit ${type}`, because(context, `process.rlimits[${index}]`));
    kernel.prlimit(0, RLIMIT_TYPES.indexOf(type), { soft: rlimitValue(soft), hard: rlimitValue(hard) });
  });
}

/**
 * Raising a hard limit needs a privilege over the host, which init of a user namespace has not: it is raised here for
 * `setResourceLimits` to lower. To no less than 65,536, as a low one would hinder the steps before. EPERM: the host's
 * root may not either; then lowering can still do.
 */
export function raiseLimits(runtime: Kernel, spec: RuntimeSpec, pid: Value): void {
  for (const { type, hard } of spec.process?.rlimits ?? []) {
    runtime.step('Limits (cgroups)', `allow the limit ${type}`, 'process.rlimits');
    const value = rlimitValue(hard) > 65_536n ? rlimitValue(hard) : 65_536n;
    runtime.prlimit(pid, RLIMIT_TYPES.indexOf(type), { soft: value, hard: value }, { allow: [EPERM] });
  }
}

/** How soon the kernel picks the process when memory runs out (proc_pid_oom_score_adj(5)), while /proc is the host's. */
export function setOomScore(context: InitContext, pid: number | 'self' = 'self'): void {
  const { kernel, spec } = context;
  const score = spec.process?.oomScoreAdj;
  if (score === undefined) return;
  kernel.step('Limits (cgroups)', `set the out-of-memory score to ${score}`, because(context, 'process.oomScoreAdj'));
  const file = kernel.openat(AT_FDCWD, `/proc/${pid}/oom_score_adj`, O_WRONLY);
  kernel.write(file, String(score));
  kernel.close(file);
}
