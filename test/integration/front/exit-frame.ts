/** A request (native/frame.h) for the one call exit_group(status). */
export function exitFrame(status: number): Buffer {
  const frame = Buffer.alloc(56);
  frame.writeUInt32LE(frame.length, 0);
  frame.writeUInt16LE(1, 8);
  frame.writeUInt32LE(frame.length, 12);
  frame.writeUInt16LE(process.arch === 'arm64' ? 94 : 231, 20);
  frame.writeUInt8(1, 22);
  frame.writeUInt16LE(0xffff, 24);
  frame.writeBigUInt64LE(BigInt(status), 44);
  return frame;
}
