import { type Kernel, Out, TCGETS, TCSETS, terminalSize } from '../../runtime/index.ts';
import type { CallerTerminal } from '../oci-context.ts';

/** struct termios of asm-generic/termbits.h: c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc[19]. */
const TERMIOS_SIZE = 36;

/** Makes the terminal raw that a front's standard input is, as cfmakeraw(3) does. */
export async function makeTerminalRaw(front: Kernel): Promise<CallerTerminal | undefined> {
  const before = await front.issue(
    { name: 'ioctl', args: [0, TCGETS, new Out(TERMIOS_SIZE)], allow: 'any' },
    ({ value, bytes }) => (value < 0 ? undefined : Buffer.from(bytes)),
  );
  if (before === undefined) return undefined;
  await front.ioctl(0, TCSETS, rawFrom(before), { allow: 'any' });
  return {
    size: () => front.apart(() => terminalSize(front)),
    restore: () => void front.apart(() => front.ioctl(0, TCSETS, before, { allow: 'any' })),
  };
}

function rawFrom(termios: Buffer): Buffer {
  const raw = Buffer.from(termios);
  const change = (at: number, off: number, on = 0) => raw.writeUInt32LE(((raw.readUInt32LE(at) & ~off) | on) >>> 0, at);
  change(0, 0o2753); // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
  change(4, 0o1); // OPOST
  change(8, 0o460, 0o60); // CSIZE PARENB, CS8
  change(12, 0o100113); // ECHO ECHONL ICANON ISIG IEXTEN
  raw[17 + 5] = 0; // VTIME
  raw[17 + 6] = 1; // VMIN
  return raw;
}
