import { type Kernel, signalNumber } from '../../runtime/index.ts';

const RECORD = 128; // struct signalfd_siginfo, signalfd(2)
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

/** Tells of signals that a front gets, until the returned function is called. Only its later children inherit the mask. */
export function watchSignals(front: Kernel, names: readonly string[], to: (signal: string) => void): () => void {
  const byNumber = new Map(names.map((name) => [signalNumber(name), name]));
  const mask = [...byNumber.keys()].reduce((bits, number) => bits | (1n << BigInt(number - 1)), 0n);
  const { socket, fd } = front.openStream();
  front.sigprocmask(SIG_BLOCK, mask);
  const source = front.signalfd(mask);
  front.pump({ from: source, to: fd });
  front.flush().catch(() => undefined);
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= RECORD; rest = rest.subarray(RECORD)) {
      const name = byNumber.get(rest.readUInt32LE(0));
      if (name !== undefined) to(name);
    }
  });
  return () => {
    socket.destroy();
    front.apart(() => front.sigprocmask(SIG_UNBLOCK, mask));
  };
}
