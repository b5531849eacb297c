/** What `import … from 'keelson'` gives: the engine in this program, and the types of what it takes and tells. */

export { KeelsonError, VERSION } from '../base/index.ts';
export {
  type CleanupProgram,
  cleanUpContainer,
  defaultDataRoot,
  type EngineOptions,
  examineHost,
  type HealthKeeper,
  keepHealth,
  openEngine,
  passOutputThrough,
} from '../engine/index.ts';
export type * from '../spec/index.ts';
export { newContainer } from '../spec/index.ts';
