/** `npm run check`: every static check at once; prints one line for a part that passes and all of one that fails. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';

const root = new URL('..', import.meta.url).pathname;
const colors = process.stdout.isTTY ? 'force' : 'off';

const parts = {
  'format and lint': `biome ci --colors=${colors} --error-on-warnings --diagnostic-level=warn .`,
  types: 'tsc --noEmit -p .',
  layers: 'node scripts/check-layers.ts',
  'dead code': 'knip --no-progress --no-config-hints',
  'size of native': 'scripts/check-native-size',
  'shell syntax': 'scripts/check-shell',
};

/** Runs all parts in parallel. True when all of them pass. */
export async function check(): Promise<boolean> {
  const results = await Promise.all(Object.entries(parts).map(([name, command]) => runPart(name, command)));
  return results.every(Boolean);
}

async function runPart(name: string, command: string): Promise<boolean> {
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', `${command} 2>&1`], {
    cwd: root,
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = Promise.withResolvers<number | null>();
  child.on('error', closed.reject).on('close', closed.resolve);
  const [status, output] = await Promise.all([closed.promise, text(child.stdout)]);
  const seconds = `(${((performance.now() - started) / 1000).toFixed(1)} s)`;
  if (status === 0) console.log(`${styleText('green', '✔')} ${name} ${seconds}`);
  else console.log(`${styleText('red', '✖')} ${name} ${seconds}\n${output.trimEnd()}\n`);
  return status === 0;
}

if (import.meta.main && !(await check())) process.exitCode = 1;
