import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { keelsonRuntime } from './surroundings.ts';

/** Where it is, as users read it. */
const INSTALLED = '/opt/keelson/build/keelson-runtime';

const page = readFileSync(new URL('../../docs/user/engines.md', import.meta.url), 'utf8').replaceAll(
  INSTALLED,
  keelsonRuntime,
);

/** What docs/user/engines.md puts into a file. */
export function documentedFile(path: string): string {
  const [, text] = page.slice(page.indexOf(`\`${path}\``)).match(/```\w+\n([\s\S]*?)```/) ?? [];
  assert.ok(page.includes(`\`${path}\``) && text !== undefined, `docs/user/engines.md says nothing about ${path}`);
  return text;
}

/** The commands of one of its sections, in order, each as words. */
export function documentedCommands(section: string): string[][] {
  const part = page.split(/^## /m).find((text) => text.startsWith(section)) ?? '';
  const blocks = [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const commands = blocks.join('').split('\n').filter(Boolean);
  assert.ok(commands.length > 0, `docs/user/engines.md has no commands under ${section}`);
  return commands.map((line) => line.split(' '));
}
