import { type ClassicGraph, type ClassicNode, type Range, searchTree } from '../../kernel/index.ts';
import type { SeccompOperator } from '../../spec/index.ts';

/** One comparison of a call's argument. `value` is what it is compared with; `mask` counts for MASKED_EQ alone. */
export interface Condition {
  index: number;
  operator: SeccompOperator;
  value: bigint;
  mask: bigint;
}

/** What a call gets when all conditions hold. */
export interface ConditionalAction {
  conditions: readonly Condition[];
  node: ClassicNode;
}

const WORD = 0xffff_ffffn;
/** offsetof(struct seccomp_data, args); both supported machines are little endian, the low word comes first. */
const ARGUMENTS_OFFSET = 16;

const lowOffset = (index: number) => ARGUMENTS_OFFSET + 8 * index;
const highOffset = (index: number) => lowOffset(index) + 4;
const low = (value: bigint) => Number(value & WORD);
const high = (value: bigint) => Number(value >> 32n);

/**
 * The tests of a call's arguments: the first rule of which all conditions hold decides, `otherwise` decides when none
 * does.
 *
 * @param wide are arguments 64 bits wide, or is the upper word always zero?
 */
export function argumentTree(
  graph: ClassicGraph,
  rules: readonly ConditionalAction[],
  { otherwise, wide }: { otherwise: ClassicNode; wide: boolean },
): ClassicNode {
  const fitted = wide
    ? rules
    : rules.map((rule) => ({ ...rule, conditions: rule.conditions.map((condition) => narrow(condition)) }));
  const index = singleComparedArgument(fitted);
  if (index !== undefined) return intervalSearch(graph, fitted, { index, otherwise, wide });
  return fitted.reduceRight<ClassicNode>((rest, { conditions, node }) => {
    return conditions.reduceRight<ClassicNode>(
      (holds, condition) => test(graph, condition, { holds, rest, wide }),
      node,
    );
  }, otherwise);
}

/**
 * A negative number in a profile is written in 64 bits (18446744073709551615 for -1); a 32-bit process passes the same
 * number in 32.
 */
function narrow(condition: Condition): Condition {
  const { operator, value } = condition;
  const isEquality = operator === 'SCMP_CMP_EQ' || operator === 'SCMP_CMP_NE';
  return isEquality && value >> 32n === WORD ? { ...condition, value: value & WORD } : condition;
}

/** The argument that all rules compare, when each has exactly one comparison and none has a mask. */
function singleComparedArgument(rules: readonly ConditionalAction[]): number | undefined {
  const index = rules[0]?.conditions[0]?.index;
  const simple = rules.every(
    ({ conditions: [first, ...more] }) =>
      more.length === 0 && first?.index === index && first?.operator !== 'SCMP_CMP_MASKED_EQ',
  );
  return simple ? index : undefined;
}

/** Cuts the 64-bit number line where a rule's answer can change and searches it by halves: upper word, then lower. */
function intervalSearch(
  graph: ClassicGraph,
  rules: readonly ConditionalAction[],
  { index, otherwise, wide }: { index: number; otherwise: ClassicNode; wide: boolean },
): ClassicNode {
  const values = rules.flatMap(({ conditions }) => conditions.flatMap(({ value }) => [value, value + 1n]));
  const answer = (value: bigint): ClassicNode => {
    const rule = rules.find(({ conditions }) => conditions.every((condition) => holds(condition, value)));
    return rule?.node ?? otherwise;
  };
  /** The search of the lower word among values whose upper word is `upper`. */
  const lowerSearch = (upper: bigint): ClassicNode => {
    const base = upper << 32n;
    const starts = [0n, ...values.filter((value) => value >> 32n === upper).map((value) => value & WORD)];
    const search = searchTree(
      graph,
      ranges(starts, (start) => answer(base + start)),
    );
    return graph.load(lowOffset(index), search);
  };
  if (!wide) return lowerSearch(0n);
  const uppers = values.flatMap((value) => [value >> 32n, (value >> 32n) + 1n]);
  const starts = [0n, ...uppers.filter((upper) => upper <= WORD)];
  return graph.load(highOffset(index), searchTree(graph, ranges(starts, lowerSearch)));
}

function ranges(starts: readonly bigint[], node: (start: bigint) => ClassicNode): Range[] {
  const sorted = [...new Set(starts)].sort((a, b) => (a < b ? -1 : 1));
  return sorted.map((start) => ({ start: Number(start), node: node(start), weight: 1 }));
}

function holds({ operator, value }: Condition, argument: bigint): boolean {
  switch (operator) {
    case 'SCMP_CMP_NE':
      return argument !== value;
    case 'SCMP_CMP_LT':
      return argument < value;
    case 'SCMP_CMP_LE':
      return argument <= value;
    case 'SCMP_CMP_EQ':
      return argument === value;
    case 'SCMP_CMP_GE':
      return argument >= value;
    case 'SCMP_CMP_GT':
      return argument > value;
    case 'SCMP_CMP_MASKED_EQ':
      throw new RangeError('a masked comparison has no interval');
  }
}

interface Targets {
  holds: ClassicNode;
  rest: ClassicNode;
  wide: boolean;
}

/** One comparison in 32-bit words. */
function test(graph: ClassicGraph, condition: Condition, { holds, rest, wide }: Targets): ClassicNode {
  const { operator, value } = condition;
  switch (operator) {
    case 'SCMP_CMP_EQ':
      return equal(graph, { ...condition, mask: ALL }, { holds, rest, wide });
    case 'SCMP_CMP_NE':
      return equal(graph, { ...condition, mask: ALL }, { holds: rest, rest: holds, wide });
    case 'SCMP_CMP_MASKED_EQ':
      return equal(graph, condition, { holds, rest, wide });
    case 'SCMP_CMP_GT':
      return greater(graph, condition, { holds, rest, wide });
    case 'SCMP_CMP_LE':
      return greater(graph, condition, { holds: rest, rest: holds, wide });
    case 'SCMP_CMP_GE':
      return value === 0n ? holds : greater(graph, { ...condition, value: value - 1n }, { holds, rest, wide });
    case 'SCMP_CMP_LT':
      return value === 0n
        ? rest
        : greater(graph, { ...condition, value: value - 1n }, { holds: rest, rest: holds, wide });
  }
}

const ALL = 0xffff_ffff_ffff_ffffn;

function equal(graph: ClassicGraph, { index, value, mask }: Condition, { holds, rest, wide }: Targets): ClassicNode {
  const word = (offset: number, wordMask: number, wanted: number, yes: ClassicNode): ClassicNode => {
    if (wordMask === 0) return yes;
    return graph.load(offset, graph.mask(wordMask, graph.test('equal', wanted, yes, rest)));
  };
  // libseccomp ignores bits of the value that the mask clears, and profiles rely on it.
  const wanted = value & mask;
  if (!wide && high(wanted) !== 0) return rest;
  const lower = word(lowOffset(index), low(mask), low(wanted), holds);
  return wide ? word(highOffset(index), high(mask), high(wanted), lower) : lower;
}

function greater(graph: ClassicGraph, { index, value }: Condition, { holds, rest, wide }: Targets): ClassicNode {
  if (!wide && high(value) !== 0) return rest;
  const lower = graph.load(lowOffset(index), graph.test('greater', low(value), holds, rest));
  if (!wide) return lower;
  const sameUpper = graph.test('equal', high(value), lower, rest);
  return graph.load(highOffset(index), graph.test('greater', high(value), holds, sameUpper));
}
