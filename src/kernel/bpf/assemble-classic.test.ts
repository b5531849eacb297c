import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleClassic } from './assemble-classic.ts';
import { ClassicGraph, type ClassicNode } from './classic-graph.ts';
import { searchTree } from './search-tree.ts';

/** `code jt jf k` of each instruction. */
function listing(program: Uint8Array): string[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  return Array.from({ length: program.length / 8 }, (_, index) => {
    const at = index * 8;
    const [code, k] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    return `${code.toString(16)} ${view.getUint8(at + 2)} ${view.getUint8(at + 3)} ${k}`;
  });
}

test('a test is written with its two ways behind it, in the layout of struct sock_filter', () => {
  const graph = new ClassicGraph();
  const root = graph.load(4, graph.test('equal', 7, graph.return(1), graph.mask(0xf0, graph.return(2))));
  assert.deepEqual(listing(assembleClassic(root)), ['20 0 0 4', '15 1 0 7', '6 0 0 2', '6 0 0 1']);
  assert.deepEqual([...assembleClassic(graph.return(0x7fff0000))], [6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
});

test('equal nodes are one, and tests that lead one way vanish', () => {
  const graph = new ClassicGraph();
  const [yes, no] = [graph.return(1), graph.return(2)];
  assert.equal(graph.test('greater', 5, yes, no), graph.test('greater', 5, graph.return(1), graph.return(2)));
  assert.equal(graph.test('greater', 5, yes, yes), yes);
  assert.equal(graph.test('greater-or-equal', 0, yes, no), yes);
  assert.equal(graph.test('greater', 0xffffffff, yes, no), no);
  assert.equal(graph.load(0, graph.mask(1, yes)), yes);
});

test('branches past 255 instructions get a stand-in, and too long a program is refused', () => {
  const graph = new ClassicGraph();
  const shared = graph.load(16, graph.test('equal', 1, graph.return(1), graph.return(2)));
  const chain = (length: number) => {
    let node: ClassicNode = graph.return(0);
    for (let index = 0; index < length; index++) node = graph.load(20, graph.test('equal', index, shared, node));
    return assembleClassic(node);
  };
  const codes = listing(chain(1000)).map((line) => line.split(' ')[0]);
  assert.ok(codes.includes('5'), 'an unconditional jump to the shared node');
  assert.throws(() => chain(4000), { code: 'BPF_TOO_LONG' });
});

test('a search merges neighbours and asks for a lone number once', () => {
  const graph = new ClassicGraph();
  const [allow, deny] = [graph.return(1), graph.return(2)];
  const range = (start: number, node: ClassicNode) => ({ start, node, weight: 1 });
  assert.equal(searchTree(graph, [range(0, allow), range(5, allow)]), allow);
  const lone = searchTree(graph, [range(0, allow), range(5, deny), range(6, allow)]);
  assert.equal(lone, graph.test('equal', 5, deny, allow));
  const last = searchTree(graph, [range(0, allow), range(9, deny)]);
  assert.equal(last, graph.test('greater-or-equal', 9, deny, allow));
});
