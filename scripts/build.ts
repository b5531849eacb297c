/**
 * Bundles each entry point with esbuild, because reading one file is most of what can be saved of Node's start.
 * Commands stay lazy: a dynamic import becomes a chunk of its own.
 */
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const all = { keelson: 'src/bin/keelson.ts', index: 'src/sdk/index.ts', kernel: 'src/kernel/index.ts' };
const oneDay = 24 * 60 * 60 * 1000;
const started = new Date();

process.chdir(new URL('..', import.meta.url).pathname);
const entryPoints = Object.fromEntries(Object.entries(all).filter(([, source]) => existsSync(source)));
for (const [name, source] of Object.entries(all)) {
  if (!(name in entryPoints)) console.log(`dist/${name}.js is left out: there is no ${source}`);
}

const { outputFiles, metafile } = await build({
  entryPoints,
  outdir: 'dist',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  sourcemap: 'linked',
  // Packages in CommonJS call require() of Node's own modules.
  banner: { js: `import { createRequire } from 'node:module';const require = createRequire(import.meta.url);` },
  logLevel: 'warning',
});

// Another process may be starting from these files or about to load a chunk of the build before. So each file appears
// whole, chunks before the entry points that name them, and what is no longer used stays for a day.
mkdirSync('dist', { recursive: true });
const isEntry = (path: string) => basename(path).replace(/\.js.*/, '') in entryPoints;
for (const { path, contents } of outputFiles.sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
const written = new Set(outputFiles.map(({ path }) => basename(path)));
for (const name of readdirSync('dist')) {
  const path = `dist/${name}`;
  if (/\.(js|map)$/.test(name) && !written.has(name) && Date.now() - statSync(path).mtimeMs > oneDay) rmSync(path);
}

// bin/keelson compares the time of this file with each of these. It gets the time at which the build began, so that a
// source saved in the meantime counts as newer.
const sources = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/'));
const inputs = ['package-lock.json', ...globSync('native/*'), ...sources];
writeFileSync('dist/inputs.sh', `inputs='${inputs.join('\n')}'\n`);
utimesSync('dist/inputs.sh', started, started);
