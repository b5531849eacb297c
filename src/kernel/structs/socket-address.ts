import { KeelsonError } from '../../base/index.ts';

/** struct sockaddr_un (unix(7)). Errors: invalid, for a path over 107 bytes. */
export function unixAddress(path: string): Buffer {
  const bytes = Buffer.from(path);
  if (bytes.length > 107) {
    throw new KeelsonError('invalid', `the socket path ${path} is longer than the 107 bytes the kernel takes`, {
      code: 'SOCKET_PATH_TOO_LONG',
      hint: 'use a data root with a shorter path',
    });
  }
  const address = Buffer.alloc(2 + bytes.length + 1);
  address.writeUInt16LE(1, 0);
  bytes.copy(address, 2);
  return address;
}
