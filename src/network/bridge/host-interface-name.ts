import { shortId } from '../../base/index.ts';

/** The host's end of a container's cable: `ks-0123456789ab`, just as long as the kernel allows, and found by the container's id alone. */
export function hostInterfaceName(containerId: string): string {
  return `ks-${shortId(containerId)}`;
}
