import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

export interface TestBundles {
  checkout: string;
  /** TypeScript files from the checkout's root. */
  files: readonly string[];
  /** Gets a bundle for each, under the file's path with `.js` behind. */
  folder: string;
  /** Where the checkout will be. */
  home: string;
}

/**
 * Makes one file of each program with all that it imports: emulated, Node takes half a minute to find two hundred modules
 * and to strip their types, and two seconds to read the same from one. `guest/use-bundles.mjs` puts them in place.
 */
export async function bundleTests({ checkout, files, folder, home }: TestBundles): Promise<void> {
  const options: BuildOptions = {
    entryPoints: files.map((file) => ({ in: join(checkout, file), out: file })),
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    conditions: ['keelson-source'],
    logLevel: 'warning',
    plugins: [ownPlace(checkout, home)],
  };
  await build(options);
}

/** Every module goes on to know its own place, by which it finds programs and files. */
function ownPlace(checkout: string, home: string): Plugin {
  return {
    name: 'own-place',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const place = join(home, relative(checkout, path));
        const values = { url: `file://${place}`, filename: place, dirname: join(place, '..') };
        const contents = readFileSync(path, 'utf8').replaceAll(
          /\bimport\.meta\.(url|filename|dirname)\b/g,
          (_, name: keyof typeof values) => JSON.stringify(values[name]),
        );
        return { contents, loader: 'ts' };
      });
    },
  };
}
