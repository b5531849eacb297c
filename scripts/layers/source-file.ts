import { posix } from 'node:path';
import { type Program, parseSync } from 'oxc-parser';
import { packageDoors } from './rooms.ts';

export interface Import {
  /** As written: `node:fs`, `../base/index.ts`. */
  specifier: string;
  /** The imported names; `*` for all of them. */
  names: string[];
  /** Path of the imported file from the repository's root, for a file of the repository. */
  path?: string;
  line: number;
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
  const parsed = parseSync(path, text);
  const error = parsed.errors[0];
  if (error !== undefined) throw new SyntaxError(`${path}: ${error.message}`);
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const toImport = (specifier: string, start: number, names: string[]): Import => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : packageDoors[specifier];
    return { specifier, names, line: lineOf(start), ...(target === undefined ? {} : { path: target }) };
  };
  const { staticImports, staticExports, dynamicImports } = parsed.module;
  const imports = [
    ...staticImports.map((i) =>
      toImport(
        i.moduleRequest.value,
        i.start,
        i.entries.map((e) => e.importName.name ?? '*'),
      ),
    ),
    ...staticExports.flatMap((statement) => {
      const request = statement.entries.find((e) => e.moduleRequest !== null)?.moduleRequest;
      if (request === undefined || request === null) return [];
      return [
        toImport(
          request.value,
          statement.start,
          statement.entries.map((e) => e.importName.name ?? '*'),
        ),
      ];
    }),
    ...dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const quoted = /^['"`](.*)['"`]$/s.exec(text.slice(start, end))?.[1];
      return quoted === undefined ? [] : [toImport(quoted, start, ['*'])];
    }),
  ];
  return { path, lines: text.split('\n'), imports, program: parsed.program, lineOf };
}
