import { posix } from 'node:path';
import { type Program, parseSync } from 'oxc-parser';
import { packageDoors } from './rooms.ts';

export interface Import {
  /** As written: `node:fs`, `../base/index.ts`. */
  specifier: string;
  /** The imported names; `*` for all of them; none for an import of the effects or a dynamic one. */
  names: string[];
  /** Nothing of it is left at run time. */
  typeOnly: boolean;
  /** Path of the imported file from the repository's root, for a file of the repository. */
  path?: string;
  line: number;
}

interface Entry {
  importName: { name: string | null };
  isType: boolean;
}

export interface SourceFile {
  /** From the repository's root, with slashes. */
  path: string;
  lines: string[];
  imports: Import[];
  program: Program;
  /** Line number, from 1, of an offset in the text. */
  lineOf(offset: number): number;
}

/** Parses one TypeScript file; imports are static and dynamic ones and re-exports, types included. */
export function parseSource(path: string, text: string): SourceFile {
  const { module, program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const toImport = (specifier: string, start: number, entries: readonly Entry[]): Import => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : packageDoors[specifier];
    return {
      specifier,
      names: entries.map(({ importName }) => importName.name ?? '*'),
      typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
      line: lineOf(start),
      ...(target === undefined ? {} : { path: target }),
    };
  };
  const imports = [
    ...module.staticImports.map(({ moduleRequest, start, entries }) => toImport(moduleRequest.value, start, entries)),
    ...module.staticExports.flatMap(({ start, entries }) => {
      const from = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest?.value;
      return from === undefined ? [] : [toImport(from, start, entries)];
    }),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const quoted = /^['"`](.*)['"`]$/s.exec(text.slice(start, end))?.[1];
      return quoted === undefined ? [] : [toImport(quoted, start, [])];
    }),
  ];
  return { path, lines: text.split('\n'), imports, program, lineOf };
}
