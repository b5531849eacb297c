import { KeelsonError } from '../../base/index.ts';
import type { ExitEvent, Fd, Kernel } from '../../kernel/index.ts';
import { ESRCH, SIGKILL } from '../../kernel/index.ts';
import type { Hook, RuntimeState } from '../../spec/index.ts';

/** How much of what a failed hook printed stands in the error. */
const SHOWN = 4096;

/** Which hook it is, and how its program begins in the child that is made for it. */
export interface HookRun {
  /** `prestart hook #0` */
  name: string;
  hook: Hook;
  state: RuntimeState;
  /** Ends in execve. */
  begin(child: Kernel): Promise<void>;
}

/**
 * Runs one hook in a child of `kernel` and waits for its end. Its streams are files in memory, so that neither a hook that
 * reads nothing nor one that leaves a process behind holds us up.
 * @throws KeelsonError internal `HOOK_FAILED`: it could not be started, did not end with 0, or took too long
 */
export async function runHook(kernel: Kernel, run: HookRun): Promise<void> {
  kernel.step('Hooks', `run ${run.hook.path}`, run.name);
  const streams = ['hook-input', 'hook-output', 'hook-errors'].map((name) => kernel.memfdCreate(name));
  const [input = -1, output = -1, errors = -1] = streams;
  kernel.write(input, JSON.stringify(run.state));
  kernel.lseek(input, 0, 0);
  try {
    const { ended, isLate } = await waitFor(kernel, run, streams);
    if (isLate) throw failed(run, `ran past specified timeout of ${(run.hook.timeout ?? 0).toFixed(1)}s`);
    if (ended.status === 0) return;
    const reason = ended.signal === undefined ? `exit status ${ended.status}` : `signal ${ended.signal}`;
    const [stdout, stderr] = [await printed(kernel, output), await printed(kernel, errors)];
    throw failed(run, `${reason}, stdout: ${stdout}, stderr: ${stderr}`);
  } finally {
    for (const fd of streams) kernel.close(fd);
    await kernel.flush();
  }
}

async function waitFor(
  kernel: Kernel,
  run: HookRun,
  streams: readonly Fd[],
): Promise<{ ended: ExitEvent; isLate: boolean }> {
  const child = kernel.clone(0, { name: 'hook' });
  const { exited } = kernel.watch(child.pidfd);
  exited.catch(() => undefined); // told below, unless the program could not be started
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kernel.pidfdSendSignal(child.pidfd, SIGKILL, { allow: [ESRCH] });
    kernel.flush().catch(() => undefined);
  }, timeoutOf(run.hook));
  try {
    for (const [place, fd] of streams.entries()) child.kernel.dup3(fd, place, 0);
    await begun(child.kernel, run);
    return { ended: await exited, isLate };
  } finally {
    clearTimeout(timer);
    child.kernel.release();
  }
}

async function begun(child: Kernel, run: HookRun): Promise<void> {
  try {
    await run.begin(child);
  } catch (cause) {
    throw failed(run, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The longest that a timer can wait stands for no limit: 24 days. */
function timeoutOf({ timeout }: Hook): number {
  return Math.min((timeout ?? Number.POSITIVE_INFINITY) * 1000, 2 ** 31 - 1);
}

async function printed(kernel: Kernel, fd: Fd): Promise<string> {
  return (await kernel.pread(fd, SHOWN, 0)).toString().trimEnd();
}

function failed({ name, hook }: HookRun, reason: string, cause?: unknown): KeelsonError {
  return new KeelsonError('internal', `error running ${name}: ${reason}`, {
    code: 'HOOK_FAILED',
    hint: `run ${hook.path} by hand, with the container's state as JSON on its standard input`,
    cause,
  });
}
