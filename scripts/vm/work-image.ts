import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFileSystem } from './root-image.ts';

/** What of a checkout the tests need, built parts among it. */
const PARTS = ['bin', 'build/keelson-agent', 'build/keelson-runtime', 'dist', 'docs', 'examples', 'native', 'scripts'];
const SOURCES = ['src', 'test'];
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'bench'];
/** Packages that only check or build, which the host does; more than half of all. */
const UNUSED = ['@biomejs', '@typescript', 'typescript', 'knip', '@esbuild', 'esbuild', '.cache'];

export interface WorkImage {
  checkout: string;
  /** The image that is made. */
  file: string;
  /** Of the selected tests, those of these files alone; none: all. */
  paths: readonly string[];
}

/** Makes an image of the checkout. */
export function makeWorkImage({ checkout, file, paths }: WorkImage): void {
  const tree = `${file}.tree`;
  rmSync(tree, { recursive: true, force: true }); // no-mount-below: links to files of the checkout
  const packages = readdirSync(join(checkout, 'node_modules')).filter((name) => !UNUSED.includes(name));
  try {
    for (const path of [...PARTS, ...SOURCES, ...FILES, ...packages.map((name) => `node_modules/${name}`)]) {
      const target = join(tree, 'keelson', path);
      mkdirSync(dirname(target), { recursive: true });
      // Links: nothing is copied but into the image.
      execFileSync('cp', ['--archive', '--link', join(checkout, path), target]);
    }
    writeFileSync(join(tree, 'paths'), paths.map((path) => `${path}\n`).join(''));
    makeFileSystem(file, tree, { label: 'work', size: '2G' });
  } finally {
    rmSync(tree, { recursive: true, force: true }); // no-mount-below: links to files of the checkout
  }
}
