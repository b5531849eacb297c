/** Reads all TypeScript files and prints what breaks the cut of the rooms; a part of `npm run check`. */
import { globSync, readFileSync } from 'node:fs';
import { checkLayers } from './layers/check.ts';

const paths = globSync('{src,test,examples,bench,scripts}/**/*.ts', {
  cwd: new URL('..', import.meta.url),
  exclude: ['**/node_modules/**'],
});
const texts = new Map(paths.map((path) => [path, readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')]));
const violations = checkLayers(texts);
for (const { path, line, rule, message } of violations) console.log(`${path}:${line} ${rule}: ${message}`);
if (violations.length > 0) process.exitCode = 1;
