import { join } from 'node:path';
import type { ContainerState, MountConfig } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';

/** Docker's `Mounts`: what is mounted besides the file systems of every container. tmpfs is told in `HostConfig` alone. */
export function mountPoints({ config: { mounts }, folder }: Pick<ContainerState, 'config' | 'folder'>): GoStruct[] {
  // Beside the folders of containers in the data root.
  const sourceOf = ({ type, source = '' }: MountConfig) =>
    type === 'volume' ? join(folder, '../../volumes', source, '_data') : source;
  return mounts
    .filter(({ type }) => type !== 'tmpfs')
    .map((mount) => ({ ...mount, path: sourceOf(mount) }))
    .map(({ type, source = '', path, target, readOnly, propagation, options = [] }) => ({
      Type: type,
      ...(type === 'volume' && { Name: source, Driver: 'local' }),
      Source: path,
      Destination: target,
      Mode: [...(readOnly ? ['ro'] : []), ...options].join(','),
      RW: !readOnly,
      Propagation: type === 'bind' ? (propagation ?? 'rprivate') : '',
    }));
}
