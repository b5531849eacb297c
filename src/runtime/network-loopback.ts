import { AF_INET, IFF_UP, SOCK_DGRAM } from '../kernel/index.ts';
import type { NetworkSetup } from './launch-plan.ts';

/** SIOCSIFFLAGS of netdevice(7). */
const SIOCSIFFLAGS = 0x8914;

/** A network namespace with nothing but its own loopback interface, which a new one has but switched off. */
export function loopbackOnly(): NetworkSetup {
  return {
    prepare: async () => undefined,
    onHost: () => undefined,
    inContainer(kernel) {
      const request = Buffer.alloc(40);
      request.write('lo', 0);
      request.writeUInt16LE(IFF_UP, 16);
      const socket = kernel.socket(AF_INET, SOCK_DGRAM, 0);
      kernel.ioctl(socket, SIOCSIFFLAGS, request);
      kernel.close(socket);
    },
  };
}
