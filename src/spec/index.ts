/** The spec room's door: the shapes that rooms share, and their validation. */
export type * from './container/container-config.ts';
export type * from './container/container-state.ts';
export type * from './container/engine.ts';
export type * from './container/network-config.ts';
export type * from './container/resource-config.ts';
