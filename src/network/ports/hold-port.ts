import { formatIp, KeelsonError } from '../../base/index.ts';
import type { Call, Kernel, Value } from '../../kernel/index.ts';
import {
  AF_INET,
  AF_INET6,
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EPERM,
  ipAddress,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SyscallError,
} from '../../kernel/index.ts';
import type { Protocol } from '../firewall/firewall-keys.ts';

/** ipv6(7) */
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** A port of the host at one address. */
export interface HostPort {
  /** 4 or 16 bytes; all zeros for every address. */
  ip: Uint8Array;
  /** 0: any that is free. */
  port: number;
  protocol: Protocol;
}

/**
 * Issues what keeps a port of the host from being used by anybody else, as long as the process lives: a socket bound to it.
 * Packets to it never reach the socket, because they are redirected before; those that are not (to ::1) are refused.
 * Errors: conflict, `PORT_ALLOCATED`; invalid, `ADDRESS_NOT_OF_HOST`; denied, `PORT_DENIED`.
 * @returns the port, which is news where 0 was asked for
 */
export function holdPort(kernel: Kernel, wanted: HostPort): PromiseLike<number> {
  const { ip, port, protocol } = wanted;
  const six = ip.length === 16;
  const socket = kernel.socket(six ? AF_INET6 : AF_INET, protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (six) kernel.setsockopt(socket, { level: IPPROTO_IPV6, name: IPV6_V6ONLY, value: 1 });
  const failure = (errno: number, call: Call) => refusal(wanted, errno, call);
  // A port that was chosen freely has no old connections on it.
  const isFixed = protocol === 'tcp' && port !== 0;
  if (isFixed) reuse(kernel, socket, true);
  kernel.bind(socket, ipAddress(ip, port), { failure });
  if (isFixed) claim(kernel, socket, failure);
  return kernel.portOf(socket);
}

/**
 * Makes the claim to a TCP port as strong as that of a server, without being one. With SO_REUSEADDR the bind passes old
 * connections in TIME_WAIT, which a stopped server leaves for a minute, but it would also share the port with others that
 * set it. Listening finds those out and ends the sharing; it must not go on, since connections would be taken and never
 * answered. A socket bound without SO_REUSEADDR, as it is at the end, shares with nobody.
 */
function claim(kernel: Kernel, socket: Value, failure: NonNullable<Call['failure']>): void {
  kernel.listen(socket, 0, { failure });
  kernel.shutdown(socket, 0);
  reuse(kernel, socket, false);
}

function reuse(kernel: Kernel, socket: Value, on: boolean): void {
  kernel.setsockopt(socket, { level: SOL_SOCKET, name: SO_REUSEADDR, value: on ? 1 : 0 });
}

function refusal({ ip, port, protocol }: HostPort, errno: number, call: Call): Error {
  const cause = new SyscallError(call, errno);
  const host = ip.length === 16 ? `[${formatIp(ip)}]` : formatIp(ip);
  const where = `${host}:${port}/${protocol}`;
  if (errno === EADDRINUSE) {
    return new KeelsonError('conflict', `the port ${where} is already allocated`, {
      code: 'PORT_ALLOCATED',
      cause,
      hint: 'publish on another port, or stop what uses it (see it with: ss -lntup)',
    });
  }
  if (errno === EADDRNOTAVAIL) {
    return new KeelsonError('invalid', `cannot publish on ${where}: the host does not have that address`, {
      code: 'ADDRESS_NOT_OF_HOST',
      cause,
      hint: 'leave the address out to publish on all of the host',
    });
  }
  if (errno === EACCES || errno === EPERM) {
    return new KeelsonError('denied', `no permission to publish on ${where}`, {
      code: 'PORT_DENIED',
      cause,
      hint: 'ports below net.ipv4.ip_unprivileged_port_start (1024) need CAP_NET_BIND_SERVICE',
    });
  }
  return cause;
}
