export { assembleClassic, CLASSIC_INSTRUCTION_LIMIT } from './assemble-classic.ts';
export { ClassicGraph, type ClassicNode, type ClassicTest } from './classic-graph.ts';
export { type Range, searchTree } from './search-tree.ts';
