import { findCycles } from './cycles.ts';
import { isTest, roomOf, wrongImport } from './rooms.ts';
import { concerns, hasClaim, type Rule } from './rule.ts';
import { rules } from './rules.ts';
import { parseSource, type SourceFile } from './source-file.ts';

/** One thing that is wrong, as `path:line` and a sentence. */
export interface Violation {
  path: string;
  line: number;
  rule: string;
  message: string;
}

/**
 * Checks which room imports which, cycles between files, and the rules about what code may do.
 *
 * @param texts path from the repository's root → source text, of all TypeScript files
 */
export function checkLayers(texts: ReadonlyMap<string, string>): Violation[] {
  const sources = [...texts].map(([path, text]) => parseSource(path, text));
  return [
    ...sources.flatMap(importViolations),
    ...cycleViolations(sources),
    ...sources.flatMap((file) => rules.flatMap((rule) => ruleViolations(file, rule))),
  ];
}

function importViolations(file: SourceFile): Violation[] {
  return file.imports.flatMap(({ path, line }) => {
    const message = path === undefined ? undefined : wrongImport(file.path, path);
    return message === undefined ? [] : [{ path: file.path, line, rule: 'rooms', message }];
  });
}

function cycleViolations(sources: readonly SourceFile[]): Violation[] {
  const graph = new Map(sources.map((file) => [file.path, file.imports.flatMap(({ path }) => path ?? [])]));
  return findCycles(graph).map((cycle) => {
    const line =
      sources.find(({ path }) => path === cycle[0])?.imports.find(({ path }) => path === cycle[1])?.line ?? 1;
    return { path: cycle[0] ?? '', line, rule: 'cycle', message: cycle.join(' → ') };
  });
}

function ruleViolations(file: SourceFile, rule: Rule): Violation[] {
  const room = roomOf(file.path);
  if (room === undefined || isTest(file.path) || !concerns(rule, room)) return [];
  return rule
    .find(file)
    .filter(({ line }) => rule.claim === undefined || !hasClaim(file, line, rule.claim))
    .map(({ line, what }) => {
      const way = rule.claim === undefined ? '' : ` (comment above: // ${rule.claim}: why it is safe)`;
      return { path: file.path, line, rule: rule.name, message: `${what}: ${rule.reason}${way}` };
    });
}
