/** The engine room's door: containers that are kept, joined from runtime, images and networks. */

export { defaultDataRoot } from './data-root.ts';
export { type EngineOptions, openEngine } from './open-engine.ts';
