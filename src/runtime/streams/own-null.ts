import { O_RDWR } from '../../kernel/index.ts';
import type { InitContext } from '../init-context.ts';
import { normalize, type RootTree } from '../rootfs/root-tree.ts';

const NULL = '/dev/null';

/**
 * Puts the container's own /dev/null in the place of standard streams that lead to the host's, as runc does: criu cannot
 * save a file that is on no mount of the container. Where /dev is a file system that we filled, so that it is what it
 * should be.
 */
export function takeOwnNull({ kernel, plan, spec }: InitContext, tree: RootTree): void {
  const { nullStreams = [] } = plan.stdio;
  const mounts = (spec.mounts ?? []).map(({ destination, type }) => ({ place: normalize(destination), type }));
  const isFilled = mounts.findLast(({ place }) => place === '/dev')?.type === 'tmpfs';
  const isTheirs = [
    ...mounts.map(({ place }) => place),
    ...(spec.linux?.devices ?? []).map(({ path }) => path),
  ].includes(NULL);
  if (nullStreams.length === 0 || !isFilled || isTheirs) return;
  kernel.step('Terminal and streams', 'open the /dev/null of the container');
  const own = tree.open(NULL, { flags: O_RDWR, strict: true });
  for (const fd of nullStreams) kernel.dup3(own, fd, 0);
  kernel.close(own);
}
