/**
 * Bundles each entry point with esbuild, because reading one file is most of what can be saved of Node's start.
 * Commands stay lazy: a dynamic import becomes a chunk of its own.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const entries = { keelson: 'src/bin/keelson.ts', index: 'src/sdk/index.ts', kernel: 'src/kernel/index.ts' };

const present = Object.entries(entries).filter(([, source]) => existsSync(source));
for (const [name, source] of Object.entries(entries)) {
  if (!existsSync(source)) console.log(`dist/${name}.js left out: ${source} does not exist`);
}
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
await build({
  entryPoints: Object.fromEntries(present),
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  packages: 'bundle',
  logLevel: 'warning',
});
writeFileSync('dist/.built', '');
