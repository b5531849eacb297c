import { type Kernel, Out, TIOCGWINSZ } from '../../kernel/index.ts';

/** The size of the terminal that standard input is; undefined when it is none, or nobody has said how large it is. */
export async function terminalSize(kernel: Kernel): Promise<{ columns: number; rows: number } | undefined> {
  const call = { name: 'ioctl', args: [0, TIOCGWINSZ, new Out(8)], allow: 'any' } as const;
  const bytes = await kernel.issue(call, ({ value, bytes: read }) => (value < 0 ? undefined : Buffer.from(read)));
  const [rows = 0, columns = 0] = bytes ? [bytes.readUInt16LE(0), bytes.readUInt16LE(2)] : [];
  return rows > 0 && columns > 0 ? { columns, rows } : undefined;
}
