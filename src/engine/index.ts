/** The engine room's door: containers that are kept, joined from runtime, images and networks. */

export { passOutputThrough } from '../runtime/index.ts';
export { cleanUpContainer } from './clean-up-container.ts';
export { defaultDataRoot } from './data-root.ts';
export { examineHost } from './doctor/examine-host.ts';
export type { CleanupProgram, HealthKeeper } from './engine-context.ts';
export { keepHealth } from './health/keep-health.ts';
export { type EngineOptions, openEngine } from './open-engine.ts';
