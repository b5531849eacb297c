/** `npm run check`: every static check at once; prints one line for a part that passes and all of one that fails. */
import { spawn } from 'node:child_process';
import { styleText } from 'node:util';

const parts: { name: string; command: string[] }[] = [
  {
    name: 'format and lint',
    command: [
      'biome',
      'ci',
      `--colors=${process.stdout.isTTY ? 'force' : 'off'}`,
      '--error-on-warnings',
      '--diagnostic-level=warn',
      '.',
    ],
  },
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
];

/** Runs all parts in parallel, from the repository's root. True when all of them pass. */
export async function check(): Promise<boolean> {
  const results = await Promise.all(parts.map(runPart));
  return results.every(Boolean);
}

function runPart({ name, command: [program = '', ...args] }: { name: string; command: string[] }): Promise<boolean> {
  const started = performance.now();
  const bin = new URL('../node_modules/.bin', import.meta.url).pathname;
  const child = spawn(program, args, {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  child.on('error', reject);
  child.on('close', (status) => {
    const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (status === 0) console.log(`${styleText('green', '✔')} ${name} (${seconds})`);
    else console.log(`${styleText('red', '✖')} ${name} (${seconds})\n${output}`);
    resolve(status === 0);
  });
  return promise;
}

if (import.meta.main && !(await check())) process.exitCode = 1;
