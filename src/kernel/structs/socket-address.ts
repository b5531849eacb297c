import { KeelsonError } from '../../base/index.ts';
import { AF_INET, AF_INET6 } from '../constants/socket.ts';

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

/**
 * struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)).
 * @param ip 4 or 16 bytes
 * @param port 0 lets the kernel choose one
 */
export function ipAddress(ip: Uint8Array, port: number): Buffer {
  const six = ip.length === 16;
  const address = Buffer.alloc(six ? 28 : 16);
  address.writeUInt16LE(six ? AF_INET6 : AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set(ip, six ? 8 : 4);
  return address;
}
