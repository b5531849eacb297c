import { type Expression, parseSync, Visitor } from 'oxc-parser';

export interface ExpectedTest {
  /** As far as the source tells it: what is computed in it may be anything. */
  name: RegExp;
  /** The name as text, where nothing in it is computed. */
  text?: string;
  /** The suite that it stands in. */
  parent?: ExpectedTest;
}

/** The tests and suites that a file has by its source, run or not. */
export function expectedTests(path: string, source: string): ExpectedTest[] {
  const { program, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const found: (ExpectedTest & { start: number; end: number })[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [first], start, end }) {
      if (callee.type !== 'Identifier' || !['test', 'describe', 'it', 'suite'].includes(callee.name)) return;
      if (first === undefined || first.type === 'SpreadElement') return;
      // The visitor meets a suite before what stands in it.
      const parent = found.findLast((other) => other.start < start && end <= other.end);
      found.push({ ...nameOf(first), ...(parent === undefined ? {} : { parent }), start, end });
    },
  }).visit(program);
  return found;
}

function nameOf(argument: Expression): { name: RegExp; text?: string } {
  if (argument.type === 'Literal' && typeof argument.value === 'string') {
    return { name: new RegExp(`^${RegExp.escape(argument.value)}$`), text: argument.value };
  }
  if (argument.type !== 'TemplateLiteral') return { name: /^/ };
  const parts = argument.quasis.map(({ value }) => RegExp.escape(value.cooked ?? ''));
  return { name: new RegExp(`^${parts.join('.*')}$`, 's') };
}

/** Those that did not run, of names that did, less those that are left out by name. */
export function missingTests(
  expected: readonly ExpectedTest[],
  ran: ReadonlySet<string>,
  leftOut: ReadonlySet<string>,
): string[] {
  const isLeftOut = ({ text, parent }: ExpectedTest): boolean =>
    (text !== undefined && leftOut.has(text)) || (parent !== undefined && isLeftOut(parent));
  return expected
    .filter((test) => !isLeftOut(test) && ![...ran].some((name) => test.name.test(name)))
    .map(({ name, text }) => text ?? name.source);
}
