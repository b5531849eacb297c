import { setUpCgroup } from '../runtime/index.ts';
import type { ContainerState } from '../spec/index.ts';

/** The cgroup of a container: it follows from the id and the parent alone. */
export function containerCgroup({ id, config }: ContainerState) {
  const cgroupsPath = `${config.resources.cgroupParent ?? '/keelson'}/${id}`;
  return setUpCgroup({ id, spec: { ociVersion: '', linux: { cgroupsPath } } });
}
