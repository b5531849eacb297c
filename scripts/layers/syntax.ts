import { Visitor } from 'oxc-parser';
import type { Finding } from './rule.ts';
import type { SourceFile } from './source-file.ts';

/** Imports of one of the modules that are left at run time; `names` narrows it to imports of one of these. */
export function importsOf(file: SourceFile, modules: readonly string[], names?: readonly string[]): Finding[] {
  return file.imports
    .filter(({ specifier, typeOnly }) => modules.includes(specifier) && !typeOnly)
    .filter((i) => names === undefined || i.names.some((name) => names.includes(name)))
    .map(({ specifier, line, names: all }) => ({ line, what: `import { ${all.join(', ')} } from '${specifier}'` }));
}

/** Uses of `object.member`, called or not. */
export function membersOf(file: SourceFile, object: string, members: readonly string[]): Finding[] {
  const found: Finding[] = [];
  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.object.name !== object) return;
      const name = node.property.type === 'Identifier' ? node.property.name : undefined;
      if (name !== undefined && members.includes(name)) {
        found.push({ line: file.lineOf(node.start), what: `${object}.${name}` });
      }
    },
  }).visit(file.program);
  return found;
}

/** Calls of a function (or a method of any object) of one of these names, with the source of each argument. */
export function callsOf(file: SourceFile, names: readonly string[]): (Finding & { arguments: string[] })[] {
  const text = file.lines.join('\n');
  const found: (Finding & { arguments: string[] })[] = [];
  const add = (node: { start: number; arguments: { start: number; end: number }[] }, callee: unknown): void => {
    const name = calleeName(callee);
    if (name === undefined || !names.includes(name)) return;
    const args = node.arguments.map(({ start, end }) => text.slice(start, end));
    found.push({ line: file.lineOf(node.start), what: `${name}(${args.join(', ')})`, arguments: args });
  };
  new Visitor({
    CallExpression: (node) => add(node, node.callee),
    NewExpression: (node) => add(node, node.callee),
  }).visit(file.program);
  return found;
}

function calleeName(callee: unknown): string | undefined {
  if (typeof callee !== 'object' || callee === null) return undefined;
  if ('name' in callee && typeof callee.name === 'string') return callee.name;
  return 'property' in callee ? calleeName(callee.property) : undefined;
}
