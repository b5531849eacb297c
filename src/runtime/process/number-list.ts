/** The numbers of a list such as `0-3,7`, as a mask of `bits` bits with the lowest first. Numbers past it are left out. */
export function maskOfList(list: string, bits: number): Buffer {
  const mask = Buffer.alloc(bits / 8);
  for (const part of list.split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (first === undefined || last === undefined || part.trim() === '') continue;
    for (let n = first; n <= Math.min(last, bits - 1); n++) mask[n >> 3] = (mask[n >> 3] ?? 0) | (1 << (n & 7));
  }
  return mask;
}
