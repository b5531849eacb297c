import { Out, startAgent, TCGETS, TCSETS } from '../../kernel/index.ts';

/** struct termios of asm-generic/termbits.h: c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc[19]. */
const TERMIOS_SIZE = 36;
const C_OFLAG = 4;
const OPOST = 1;

/**
 * Lets the terminal that our standard input leads to show what it gets as it gets it. Node's raw mode turns every line feed
 * into two characters all the same (libuv sets ONLCR), which is right for a program that prints lines, and wrong for one that
 * hands on the output of another terminal: a cursor that was to go down would go to the margin too.
 * Leaving Node's raw mode undoes this with the rest.
 */
export async function passOutputThrough(): Promise<void> {
  await using agent = startAgent({ channels: 0, stdio: ['inherit', 'ignore', 'ignore'] });
  const { kernel } = agent;
  const out = new Out(TERMIOS_SIZE);
  const termios = await kernel.issue({ name: 'ioctl', args: [0, TCGETS, out] }, ({ bytes }) => Buffer.from(bytes));
  termios.writeUInt32LE(termios.readUInt32LE(C_OFLAG) & ~OPOST, C_OFLAG);
  await kernel.ioctl(0, TCSETS, termios);
}
