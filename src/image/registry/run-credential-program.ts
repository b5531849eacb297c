import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { KeelsonError } from '../../base/index.ts';
import { type Agent, runProgram } from '../../kernel/index.ts';
import type { RunHelper } from './registry-options.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Milliseconds. One may ask its user for a passphrase. */
const PATIENCE = 120_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs credential helpers in a process for system calls, since no room but that of the kernel starts others. */
export function credentialProgramRunner(startAgent: () => Agent, env: Environment): RunHelper {
  return async (program, argument, input) => {
    const path = find(program, env.PATH ?? DEFAULT_PATH);
    await using agent = startAgent();
    const environment = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const running = runProgram(agent.kernel, { path, argv: [program, argument], environment, input });
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`it takes longer than ${PATIENCE / 1000} seconds`)), PATIENCE);
    try {
      const { status, output } = await Promise.race([running, late.promise]);
      return { status, output };
    } finally {
      clearTimeout(timer);
      running.catch(() => undefined);
    }
  };
}

function find(program: string, path: string): string {
  for (const folder of path.split(':').filter(isAbsolute)) {
    const candidate = join(folder, program);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // the next one
    }
  }
  throw new KeelsonError('not-found', `there is no program ${program} on the PATH`, { code: 'CREDENTIAL_HELPER' });
}
