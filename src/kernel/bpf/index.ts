export { assembleClassic, CLASSIC_INSTRUCTION_LIMIT } from './assemble-classic.ts';
export { ClassicGraph, type ClassicNode, type ClassicTest } from './classic-graph.ts';
export { ExtendedProgram, type Register } from './extended-program.ts';
export { type Range, searchTree } from './search-tree.ts';
