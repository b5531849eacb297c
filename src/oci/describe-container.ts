import type { RuntimeStatus } from '../spec/index.ts';
import { bundleOf } from './container-state.ts';
import type { FoundContainer } from './find-container.ts';

/** What `state` and `list` print of a container: runc's names, in its order. */
export interface ContainerDescription {
  ociVersion: string;
  id: string;
  pid: number;
  status: RuntimeStatus;
  bundle: string;
  rootfs: string;
  created: string;
  annotations?: Readonly<Record<string, string>>;
  owner: string;
}

export function describeContainer({ state, status }: FoundContainer, owner: string): ContainerDescription {
  const { annotations = {} } = state.config.spec;
  return {
    ociVersion: state.config.version,
    id: state.id,
    pid: status === 'stopped' ? 0 : state.init_process_pid,
    status,
    bundle: bundleOf(state),
    rootfs: state.config.rootfs,
    created: state.created,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    owner,
  };
}
