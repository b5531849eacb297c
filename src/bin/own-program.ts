import { dirname, join, resolve } from 'node:path';
import type { CleanupProgram } from '../sdk/index.ts';

/** Handed on, for the agents and programs that it looks for, and the cache of what Node compiled. */
const KEPT = /^(PATH|KEELSON_\w+|NODE_COMPILE_CACHE)$/;
const FAILURE = '125';

/** This program once more, as a command that is none of people. It is started in another folder. */
export function ownProgram({ execPath, execArgv, argv, env }: NodeJS.Process, command: string): CleanupProgram {
  const script = resolve(argv[1] ?? '');
  const program = script.endsWith('.cjs') ? [join(dirname(script), 'start.cjs'), FAILURE, script] : [script];
  const kept = Object.entries(env).filter(([name]) => KEPT.test(name));
  return {
    path: execPath,
    argv: [execPath, ...execArgv, ...program, command],
    environment: kept.map(([name, value = '']) => `${name}=${name === 'NODE_COMPILE_CACHE' ? resolve(value) : value}`),
  };
}
