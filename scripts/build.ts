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
import { type BuildOptions, build, type Plugin } from 'esbuild';

// The library's two doors share their files, because an error thrown by one must be an instance of the class that the
// other exports.
const library = { index: 'src/sdk/index.ts', kernel: 'src/kernel/index.ts' };
const start = { start: 'src/bin/start.ts' };
// Somebody waits for the start of a program, and its files may be replaced while it runs: each is one script, which Node
// loads some 10 ms sooner than as many modules, and with which start.ts keeps what was compiled.
const programs: Record<string, string>[] = [
  { keelson: 'src/bin/keelson.ts' },
  { 'keelson-runtime': 'src/bin/keelson-runtime.ts' },
  { 'keelson-brain': 'src/bin/keelson-brain.ts' },
];
const bundles = [...programs, start, library];
/** Large, and most commands do without: a script of its own, of which each of these is a part. */
const UNDICI = ['undici', 'undici/lib/api/api-request.js', 'undici/lib/dispatcher/agent.js'];
const module: BuildOptions = {
  format: 'esm',
  splitting: true,
  plugins: [], // it is for other bundlers too, which know imports alone
  // Packages in CommonJS call require() of Node's own modules.
  banner: {
    js: `import { createRequire as requireFor } from 'node:module';const require = requireFor(import.meta.url);`,
  },
};
/** It tells an old Node that it is one. */
const oldScript: BuildOptions = { format: 'cjs', outExtension: { '.js': '.cjs' }, target: 'node12', plugins: [] };
const script: BuildOptions = {
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'ownAddress' },
  banner: { js: "const ownAddress = require('node:url').pathToFileURL(__filename).href;" },
};
const oneDay = 24 * 60 * 60 * 1000;
const started = new Date();

process.chdir(new URL('..', import.meta.url).pathname);
const results = await Promise.all([...bundles.map((entries) => bundle(entries)), bundleUndici()]);
const outputs = results.flatMap(({ outputFiles }) => outputFiles ?? []);
const sources = results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));

/**
 * An import of one of Node's modules resolves a name, makes a module around it and reads every export, which for node:fs
 * loads all of Node's streams: some 20 ms for all that a command needs. Asked for by hand it is only what it is.
 */
function builtinsByHand(): Plugin {
  return {
    name: 'builtins-by-hand',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path, kind }) =>
        kind === 'import-statement' ? { path, namespace: 'builtin', sideEffects: false } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: exportsOnDemand(path),
      }));
    },
  };
}

/** Each export is read only where somebody uses it, as some of node:fs load more of Node. */
function exportsOnDemand(path: string): string {
  const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((name) => /^[A-Za-z]\w*$/.test(name));
  const exports = names.map((name) => `export const ${name} = /* @__PURE__ */ (() => builtin.${name})();`);
  return [`const builtin = process.getBuiltinModule('${path}');`, 'export default builtin;', ...exports].join('\n');
}

/** Programs ask for a part of undici when they need it. */
function undiciApart(): Plugin {
  return {
    name: 'undici-apart',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^undici(\/|$)/ }, ({ path }) => ({ path, namespace: 'undici' }));
      onResolve({ filter: /undici\.cjs$/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /.*/, namespace: 'undici' }, ({ path }) => {
        if (!UNDICI.includes(path)) return { errors: [{ text: `${path} is not among the parts in scripts/build.ts` }] };
        return { contents: `module.exports = require('./undici.cjs')[${JSON.stringify(path)}];` };
      });
    },
  };
}

function bundleUndici() {
  const parts = UNDICI.map((path) => `get ${JSON.stringify(path)}() { return require(${JSON.stringify(path)}); }`);
  return build({
    stdin: { contents: `module.exports = { ${parts.join(', ')} };`, resolveDir: '.', sourcefile: 'undici.js' },
    outfile: 'dist/undici.cjs',
    ...{ bundle: true, write: false, metafile: true, platform: 'node', target: 'node24', format: 'cjs' },
    ...{ minifySyntax: true, sourcemap: 'linked', logLevel: 'warning' },
  }).catch(() => process.exit(1)); // esbuild has printed what is wrong
}

function bundle(entries: Record<string, string>) {
  const missing = Object.values(entries).filter((source) => !existsSync(source));
  for (const source of missing) console.log(`no bundle of ${source}, which does not exist`);
  return build({
    entryPoints: Object.fromEntries(Object.entries(entries).filter(([, source]) => !missing.includes(source))),
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    sourcemap: 'linked',
    logLevel: 'warning',
    plugins: [builtinsByHand(), undiciApart()],
    ...(entries === library ? module : entries === start ? oldScript : script),
  }).catch(() => process.exit(1)); // esbuild has printed what is wrong
}

// Another process may be starting from these files or about to load a chunk of the build before. So each file appears
// whole, chunks before the entry points that name them, and what is no longer used stays for a day.
mkdirSync('dist', { recursive: true });
const isEntry = (path: string) => bundles.some((entries) => basename(path).replace(/\.c?js.*/, '') in entries);
for (const { path, contents } of outputs.sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) {
  writeFileSync(`${path}.new`, contents);
  renameSync(`${path}.new`, path);
}
const written = new Set(outputs.map(({ path }) => basename(path)));
for (const name of readdirSync('dist')) {
  const path = `dist/${name}`;
  if (/\.(c?js|map)$/.test(name) && !written.has(name) && Date.now() - statSync(path).mtimeMs > oneDay) rmSync(path);
}

// bin/keelson compares the time of this file with each of these. It gets the time at which the build began, so that a
// source saved in the meantime counts as newer.
const inputs = new Set([
  'package-lock.json',
  ...globSync('native/*'),
  ...sources.filter((path) => path.startsWith('src/')),
]);
writeFileSync('dist/inputs.sh', `inputs='${[...inputs].join('\n')}'\n`);
utimesSync('dist/inputs.sh', started, started);
