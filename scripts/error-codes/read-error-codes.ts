import { constants } from 'node:os';
import { type Node, Visitor } from 'oxc-parser';
import type { SourceFile } from '../layers/source-file.ts';

/** Functions that turn a code into an error: which argument is the code, and the kind or which argument is that. */
const MAKERS: Readonly<Record<string, { code: number; kind: string | number; otherwise?: string }>> = {
  invalid: { code: 0, kind: 'invalid' },
  busyboxError: { code: 1, kind: 0 },
  answerError: { code: 1, kind: 0 },
  unfit: { code: 1, kind: 'invalid' },
  tarError: { code: 1, kind: 'unsupported', otherwise: 'TAR_INVALID' },
};

/** Where the code is no literal: the makers above, those that take a DocumentName, and the errno of a system call. */
const PASSED_ON =
  /^src\/(base\/invalid|image\/(busybox\/static-program|tar\/tar-error|disk-error|registry\/registry-error|pull\/partial-blob)|oci\/start-failure|spec\/schema\/\w.*)\.ts$/;

/** What the sources throw: each code with its kinds, and the places whose code cannot be read from the text. */
export interface ErrorCodes {
  kinds: Map<string, Set<string>>;
  unreadable: string[];
}

/**
 * The codes of all KeelsonErrors that some files can throw. Names of errnos are left out: SyscallError, NetlinkError and the
 * errors of node:fs bring whatever the kernel answered.
 */
export function readErrorCodes(files: readonly SourceFile[]): ErrorCodes {
  const found: ErrorCodes = { kinds: new Map(), unreadable: [] };
  for (const file of files) readFile(file, found);
  return found;
}

function readFile(file: SourceFile, { kinds, unreadable }: ErrorCodes): void {
  const add = (code: string, kind: readonly string[]) => {
    if (!/^[A-Z][A-Z0-9]+(_[A-Z0-9]+)*$/.test(code) || code in constants.errno) return;
    const known = kinds.get(code) ?? new Set();
    for (const one of kind) known.add(one);
    kinds.set(code, known);
  };
  new Visitor({
    NewExpression({ callee, arguments: [kind, , detail], start }) {
      if (callee.type !== 'Identifier' || callee.name !== 'KeelsonError') return;
      const codes = codeOf(detail);
      for (const code of codes) add(code, textsOf(kind));
      if (codes.length === 0 && !PASSED_ON.test(file.path)) unreadable.push(`${file.path}:${file.lineOf(start)}`);
    },
    ObjectExpression(node) {
      // A DocumentName: problems of the document become `invalid` errors with its code.
      if (propertyOf(node, 'document') !== undefined) for (const code of codeOf(node)) add(code, ['invalid']);
    },
    CallExpression({ callee, arguments: given, start }) {
      // Of a class of KeelsonErrors.
      if (callee.type === 'Super') for (const code of codeOf(given[2])) add(code, textsOf(given[0]));
      const maker = callee.type === 'Identifier' && Object.hasOwn(MAKERS, callee.name) && MAKERS[callee.name];
      if (!maker) return;
      if (given.length <= maker.code && maker.otherwise !== undefined) return add(maker.otherwise, ['invalid']);
      const codes = textsOf(given[maker.code]);
      for (const code of codes) add(code, typeof maker.kind === 'string' ? [maker.kind] : textsOf(given[maker.kind]));
      if (codes.length === 0) unreadable.push(`${file.path}:${file.lineOf(start)}`);
    },
  }).visit(file.program);
}

function propertyOf(node: Node | undefined, name: string): Node | undefined {
  if (node?.type !== 'ObjectExpression') return undefined;
  for (const property of node.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
    if (property.key.name === name) return property.value;
  }
  return undefined;
}

const codeOf = (detail: Node | undefined) => textsOf(propertyOf(detail, 'code'));

/** The strings that an expression can be, read from `'A'` and `x ? 'A' : 'B'`. */
function textsOf(node: Node | undefined): string[] {
  if (node?.type === 'Literal' && typeof node.value === 'string') return [node.value];
  if (node?.type === 'ConditionalExpression') return [...textsOf(node.consequent), ...textsOf(node.alternate)];
  return [];
}
