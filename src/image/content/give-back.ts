/**
 * Gives the memory under a chunk back at once, if it is used up with this chunk: nobody may hold another part of it that
 * comes later. The collector would take long to see how much hangs on a few small objects, and then look through all others
 * again and again. Memory that Node shares among small buffers stays.
 */
export function giveBack({ buffer, byteOffset, byteLength }: Buffer): void {
  const isLast = byteOffset + byteLength === buffer.byteLength;
  if (isLast && buffer.byteLength > Buffer.poolSize && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
