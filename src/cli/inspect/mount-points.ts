import type { MountConfig } from '../../spec/index.ts';
import type { GoStruct } from '../template/go-value.ts';

/** Docker's `Mounts`: what is mounted besides the file systems of every container. tmpfs is told in `HostConfig` alone. */
export function mountPoints(mounts: readonly MountConfig[], volumes: string): GoStruct[] {
  return mounts
    .filter(({ type }) => type !== 'tmpfs')
    .map(({ type, source = '', target, readOnly, propagation, options = [] }) => ({
      Type: type,
      ...(type === 'volume' && { Name: source, Driver: 'local' }),
      Source: type === 'volume' ? `${volumes}/${source}/_data` : source,
      Destination: target,
      Mode: [...(readOnly ? ['ro'] : []), ...options].join(','),
      RW: !readOnly,
      Propagation: type === 'bind' ? (propagation ?? 'rprivate') : '',
    }));
}
