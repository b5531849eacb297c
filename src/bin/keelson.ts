/** The command line: what it is made of, and nothing else. */
import { type CliContext, main } from '../cli/index.ts';
import type { Engine } from '../sdk/index.ts';
import { descriptorOutput } from './descriptor-output.ts';
import { ownProgram } from './own-program.ts';
import { rememberCode } from './remember-code.ts';

const context: CliContext = {
  openEngine,
  onCommand: rememberCode,
  cleanUp: async (root, id) => (await import('../sdk/index.ts')).cleanUpContainer(root, id),
  keepHealth: async (root) => (await import('../sdk/index.ts')).keepHealth(root),
  examineHost: async () => (await import('../sdk/index.ts')).examineHost(process.env),
  // The container reads the descriptor itself; Node's stream is made only for a terminal that becomes raw.
  get stdin() {
    return Object.assign(process.stdin, { passOutputThrough, chunks: () => process.stdin });
  },
  stdout: descriptorOutput(1, () => process.stdout),
  stderr: descriptorOutput(2, () => process.stderr),
  signals: {
    on: (signal, listener) => process.on(signal, listener),
    off: (signal, listener) => process.off(signal, listener),
    endBy: (signal) => process.kill(process.pid, signal),
  },
  env: process.env,
  folder: process.cwd(),
  now: Date.now,
};

async function passOutputThrough(): Promise<void> {
  await (await import('../sdk/index.ts')).passOutputThrough();
}

async function openEngine(): Promise<Engine> {
  const { defaultDataRoot, openEngine: open } = await import('../sdk/index.ts');
  return open({
    registries: { env: process.env },
    root: defaultDataRoot(process.env),
    cleanup: ownProgram(process, 'internal-cleanup'),
    healthKeeper: ownProgram(process, 'internal-health'),
  });
}

// No top-level await, which a script has not: this one's bundle is one.
void main(process.argv.slice(2), context).then((code) => {
  process.exitCode = code;
});
