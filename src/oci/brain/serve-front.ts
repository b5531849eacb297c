import type { LentAgent } from '../../runtime/index.ts';
import { main } from '../main.ts';
import { readCaller } from './caller.ts';
import { cleanUpAfterLoss } from './clean-up-after-loss.ts';
import { frontContext, type ProgramParts } from './front-context.ts';

export interface FrontRequest {
  agent: LentAgent;
  pid: number;
  program: ProgramParts;
  /** Another brain had begun what this front asks for, and was ended. */
  lost?: boolean;
  /** When the command has begun. */
  onBegin?: (env: Readonly<Record<string, string | undefined>>) => void;
  /** Before the caller goes on. */
  beforeEnd?: () => Promise<void>;
}

/**
 * Carries out the command that a front was called with, and ends the front with its exit code. Errors of the command
 * are printed there. Does not throw: whoever has gone is not told.
 */
export async function serveFront(request: FrontRequest): Promise<void> {
  const { agent, pid, program, lost, onBegin, beforeEnd } = request;
  const front = agent.kernel;
  try {
    const caller = readCaller(pid);
    const context = frontContext(agent, caller, program);
    // From its first request on a front knows that something may have been done, and asks nobody else to do it.
    front.apart(() => front.getpid());
    const command = lost ? cleanUpAfterLoss(caller.words, context) : main(caller.words, context);
    onBegin?.(caller.env);
    const code = await command;
    await Promise.all([context.finish(), beforeEnd?.()]);
    front.apart(() => front.exit(code));
  } catch {
    // The caller has gone.
    front.release();
  }
  await front.closed;
}
