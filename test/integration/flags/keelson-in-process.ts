import { type CliContext, main } from '../../../src/cli/index.ts';
import { cleanUpContainer, keepHealth, openEngine } from '../../../src/sdk/index.ts';
import type { Ended, Program } from './run-case.ts';

/** Our command line without a Node of its own: for commands that need no stream of this process. */
export function keelsonInProcess(root: string): Program {
  return {
    async run(args): Promise<Ended> {
      const streams = { stdout: '', stderr: '' };
      const into = (name: 'stdout' | 'stderr') => ({
        write: (chunk: string | Uint8Array) => {
          streams[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
          return true;
        },
      });
      const context: CliContext = {
        openEngine: () => openEngine({ root }),
        cleanUp: cleanUpContainer,
        keepHealth,
        examineHost: async () => ({ checks: [] }),
        stdin: {},
        stdout: into('stdout'),
        stderr: into('stderr'),
        signals: { on: () => undefined, off: () => undefined, endBy: () => undefined },
        env: {},
        folder: root,
        now: Date.now,
      };
      const exitCode = await main(args, context);
      return { exitCode, ...streams };
    },
  };
}
