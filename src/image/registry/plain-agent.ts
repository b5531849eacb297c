import { Agent } from 'node:http';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** As much as the kernel has is taken at once. */
const READ_SIZE = 256 << 10;

/**
 * Node's agent without TLS whose connections read into one piece of memory each: with a new one of 64 KiB for each read, as Node
 * itself has it, receiving takes three times the processor's time. What is handed out are copies that the parser makes.
 */
export class PlainAgent extends Agent {
  override createConnection(options: NetConnectOpts): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_SIZE);
    const callback = (size: number) => {
      socket.emit('data', buffer.subarray(0, size));
      return true; // the parser stops the reading itself
    };
    const socket = connect({ ...options, onread: { buffer, callback } });
    return socket;
  }
}
