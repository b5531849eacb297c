import type { ClassicGraph, ClassicNode } from './classic-graph.ts';

/** From `start` up to the next range's start the program goes on at `node`. */
export interface Range {
  start: number;
  node: ClassicNode;
  /** How often the range is asked for, relative to the others; heavy ranges are found in fewer steps. */
  weight: number;
}

/**
 * A binary search of the accumulator over `ranges`, which start at 0, are sorted and leave no gap. Neighbours that lead
 * to the same node are merged, and a lone number in a range of others costs one comparison instead of two.
 */
export function searchTree(graph: ClassicGraph, ranges: readonly Range[]): ClassicNode {
  const merged: Range[] = [];
  for (const { start, node, weight } of ranges) {
    const last = merged.at(-1);
    if (last?.node === node) last.weight += weight;
    else merged.push({ start, node, weight });
  }
  return split(graph, merged);
}

function split(graph: ClassicGraph, ranges: readonly Range[]): ClassicNode {
  const [first, second, third] = ranges;
  if (first === undefined) throw new RangeError('a search tree needs at least one range');
  if (second === undefined) return first.node;
  if (third !== undefined && ranges.length === 3 && first.node === third.node && third.start === second.start + 1) {
    return graph.test('equal', second.start, second.node, first.node);
  }
  const middle = lightestSplit(ranges);
  const low = split(graph, ranges.slice(0, middle));
  const high = split(graph, ranges.slice(middle));
  return graph.test('greater-or-equal', ranges[middle]?.start ?? 0, high, low);
}

/** Where to cut so that both halves weigh as nearly the same as possible: 1 … length - 1. */
function lightestSplit(ranges: readonly Range[]): number {
  let total = 0;
  for (const { weight } of ranges) total += weight;
  let best = 1;
  let bestGap = Number.POSITIVE_INFINITY;
  let below = 0;
  for (let index = 1; index < ranges.length; index++) {
    below += ranges[index - 1]?.weight ?? 0;
    const gap = Math.abs(total - 2 * below);
    if (gap >= bestGap) break;
    best = index;
    bestGap = gap;
  }
  return best;
}
