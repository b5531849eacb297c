import type { ContainerConfig, RunRequest } from '../spec/index.ts';
import type { EngineContext } from './engine-context.ts';
import { resolveUserNamespace, UNUSED } from './user-namespace.ts';

/** The ids that `--userns` comes to are kept with the container: `exec` enters the same namespace. */
export function withIds(context: EngineContext, { config, dryRun }: RunRequest, id: string): ContainerConfig {
  const { user } = config.namespaces;
  if (!user) return config;
  const reserve = (size: number) => (dryRun ? UNUSED.start : context.idRanges.reserve(size, id));
  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, reserve };
  return { ...config, namespaces: { ...config.namespaces, user: resolveUserNamespace(user, caller) } };
}
