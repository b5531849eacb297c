/** Turns a weight of v1 and of BFQ (10 to 1000) into io.weight of v2 (1 to 10000): a straight line, as in runc and crun. */
export function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}
