import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { invalid, KeelsonError } from '../base/index.ts';

type Paths = Readonly<Record<string, string>>;

/**
 * Where `exec --cgroup [CONTROLLER[,CONTROLLER…]:]PATH` runs: a cgroup that is there below the container's, in all
 * hierarchies or in those of the controllers.
 * @throws KeelsonError invalid `SUB_CGROUP`, not-found `SUB_CGROUP_MISSING`
 */
export function execCgroupPaths(paths: Paths, given: readonly string[]): Paths {
  const changed = { ...paths };
  for (const text of given) {
    const [, names, path = ''] = /^(?:([^:]*):)?(.*)$/s.exec(text) ?? [];
    const controllers = names === undefined ? Object.keys(paths) : names.split(',');
    for (const controller of controllers) changed[controller] = below(paths[controller], { path, controller });
  }
  return changed;
}

function below(base: string | undefined, { path, controller }: { path: string; controller: string }): string {
  if (base === undefined) throw invalid('SUB_CGROUP', `unknown controller ${controller} in --cgroup`);
  const whole = posix.join(base, path);
  if (whole !== base && !whole.startsWith(`${base}/`)) throw invalid('SUB_CGROUP', `${path} is not a sub cgroup path`);
  if (existsSync(whole)) return whole;
  throw new KeelsonError('not-found', `the cgroup ${whole} of --cgroup is not there`, {
    code: 'SUB_CGROUP_MISSING',
    hint: 'make it first, as the container can in its own cgroup',
  });
}
