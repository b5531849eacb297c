import type { Call, Fd } from '../call.ts';
import { Flags, Out, Struct, Within } from '../call.ts';
import { AF_UNIX, MSG_CMSG_CLOEXEC, SO_PEERCRED, SOCK_CLOEXEC, SOL_SOCKET } from '../constants/socket.ts';
import type { Pending, Value } from '../value.ts';
import type { Allow } from './file-calls.ts';
import { ProcessCalls } from './process-calls.ts';

/** Sockets; addresses are the bytes of a struct sockaddr. */
export abstract class SocketCalls extends ProcessCalls {
  socket(family: number, type: number, protocol: number): Value {
    const args = [new Flags(family, '=AF_'), new Flags(type | SOCK_CLOEXEC, 'SOCK_'), protocol];
    return this.number({ name: 'socket', args });
  }

  socketpair(type: number): readonly [Value, Value] {
    const memory = new Struct(Buffer.alloc(8), [], { out: true });
    const args = [new Flags(AF_UNIX, '=AF_'), new Flags(type | SOCK_CLOEXEC, 'SOCK_'), 0, memory];
    return this.pair({ name: 'socketpair', args }, 3);
  }

  /** `failure` makes a better error of a refusal. */
  bind(fd: Fd, address: Uint8Array, options: Allow & Pick<Call, 'failure'> = {}): Value {
    return this.number({ name: 'bind', args: [fd, address, address.length], ...options });
  }

  listen(fd: Fd, backlog: number, options: Allow & Pick<Call, 'failure'> = {}): Value {
    return this.number({ name: 'listen', args: [fd, backlog], ...options });
  }

  /** `how`: 0 no more reading, 1 no more writing, 2 neither. A listening socket stops to listen and keeps its port. */
  shutdown(fd: Fd, how: 0 | 1 | 2): Value {
    return this.number({ name: 'shutdown', args: [fd, how] });
  }

  /** The port that an IP socket is bound to (getsockname(2)). */
  portOf(fd: Fd): Pending<number> {
    const args = [fd, new Out(28), new Struct(Uint8Array.of(28, 0, 0, 0))];
    return this.issue({ name: 'getsockname', args }, (o) => (o.bytes.length < 4 ? 0 : o.bytes.readUInt16BE(2)));
  }

  connect(fd: Fd, address: Uint8Array, options: Allow = {}): Value {
    return this.number({ name: 'connect', args: [fd, address, address.length], ...options });
  }

  accept4(fd: Fd): Value {
    return this.number({ name: 'accept4', args: [fd, null, null, new Flags(SOCK_CLOEXEC, 'SOCK_')] });
  }

  setsockopt(fd: Fd, option: { level: number; name: number; value: number }): Value {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(option.value);
    return this.number({ name: 'setsockopt', args: [fd, option.level, option.name, bytes, 4] });
  }

  /** Who made the other end of a Unix socket (SO_PEERCRED, unix(7)). */
  peerOf(fd: Fd): Pending<{ pid: number; uid: number; gid: number }> {
    const args = [fd, SOL_SOCKET, SO_PEERCRED, new Out(12), new Struct(Uint8Array.of(12, 0, 0, 0))];
    return this.issue({ name: 'getsockopt', args }, ({ bytes }) => ({
      pid: bytes.readInt32LE(0),
      uid: bytes.readUInt32LE(4),
      gid: bytes.readUInt32LE(8),
    }));
  }

  /** Sends bytes, or a structure with values to come, to where the socket is connected or to `address`. */
  sendto(fd: Fd, data: Uint8Array | Struct, address: Uint8Array | null = null, options: Allow = {}): Value {
    const size = data instanceof Struct ? data.bytes.length : data.length;
    const args = [fd, data, size, 0, address, address?.length ?? 0];
    return this.number({ name: 'sendto', args, ...options });
  }

  /** Up to `size` bytes. */
  recvfrom(fd: Fd, size: number, flags = 0, options: Allow = {}): Pending<Buffer> {
    const args = [fd, new Out(size), size, new Flags(flags, 'MSG_'), null, null];
    return this.issue({ name: 'recvfrom', args, outByReturn: true, ...options }, (o) => o.bytes);
  }

  /** Sends a descriptor with some bytes, or one (SCM_RIGHTS, unix(7)). */
  sendDescriptor(fd: Fd, sent: Fd, bytes: Uint8Array = Buffer.from([0])): Value {
    const control = Buffer.alloc(24);
    control.writeBigUInt64LE(20n, 0);
    control.writeUInt32LE(1, 8);
    control.writeUInt32LE(1, 12);
    if (typeof sent === 'number') control.writeInt32LE(sent, 16);
    const vector = new Struct(lengthAt(16, 8, bytes.length), [{ at: 0, value: bytes }]);
    const rights = new Struct(control, typeof sent === 'number' ? [] : [{ at: 16, value: sent }]);
    const message = Buffer.alloc(56);
    message.writeBigUInt64LE(1n, 24);
    message.writeBigUInt64LE(BigInt(control.length), 40);
    const structure = new Struct(message, [
      { at: 16, value: vector },
      { at: 32, value: rights },
    ]);
    return this.number({ name: 'sendmsg', args: [fd, structure, 0] });
  }

  /** Waits for the descriptor that the other side sends with `sendDescriptor`. */
  receiveDescriptor(fd: Fd): Value {
    const control = new Struct(Buffer.alloc(24));
    const vector = new Struct(lengthAt(16, 8, 1), [{ at: 0, value: new Out(1) }]);
    const message = Buffer.alloc(56);
    message.writeBigUInt64LE(1n, 24);
    message.writeBigUInt64LE(24n, 40);
    const structure = new Struct(message, [
      { at: 16, value: vector },
      { at: 32, value: control },
    ]);
    this.number({ name: 'recvmsg', args: [fd, structure, new Flags(MSG_CMSG_CLOEXEC, 'MSG_')] });
    return this.number({ name: 'load', operation: true, args: [new Within(control, 16)] });
  }
}

function lengthAt(size: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(BigInt(length), at);
  return bytes;
}
