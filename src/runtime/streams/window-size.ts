/** struct winsize of ioctl_tty(2). */
export function windowSize(columns: number, rows: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(rows, 0);
  bytes.writeUInt16LE(columns, 2);
  return bytes;
}
