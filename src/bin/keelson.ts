/** The command line: what it is made of, and nothing else. */
import { type CliContext, main } from '../cli/index.ts';
import type { Engine } from '../sdk/index.ts';

const context: CliContext = {
  openEngine,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: {
    on: (signal, listener) => process.on(signal, listener),
    off: (signal, listener) => process.off(signal, listener),
    endBy: (signal) => process.kill(process.pid, signal),
  },
  env: process.env,
  folder: process.cwd(),
  now: Date.now,
};

// Reading the engine takes longer than reading the flags, so it begins first.
async function openEngine(): Promise<Engine> {
  const { defaultDataRoot, openEngine: open } = await import('../sdk/index.ts');
  return open({ root: defaultDataRoot(process.env) });
}

process.exitCode = await main(process.argv.slice(2), context);
